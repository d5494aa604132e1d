//! The container instances, and the orders in which requests would take them.
//!
//! An order is a cache: no snapshot holds it, and without it every answer is the same. It stays in step because the only
//! way to an instance that may be changed is [`Instances::change`].

use super::ContainerInstance;
use crate::event::{ClusterId, HexId, InstanceKey};
use crate::placement::{Host, Hosts, Order, Request, Ties};
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// See the module.
#[derive(Default)]
pub struct Instances {
    map: BTreeMap<InstanceKey, Rc<ContainerInstance>>,
    orders: BTreeMap<ClusterId, Ordered>,
}

/// The order of one cluster's instances, by their place among its keys.
struct Ordered {
    keys: Vec<InstanceKey>,
    order: Order,
}

/// What of an instance a change touches, as placement sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touches {
    /// Nothing that placement looks at: images, dynamic ports.
    Nothing,
    /// Its tasks, and what they hold.
    Tasks,
    /// Anything else: status, agent, attributes.
    Whole,
}

impl Clone for Instances {
    /// Leaves the orders behind, so that snapshots stay small.
    fn clone(&self) -> Self {
        Self { map: self.map.clone(), orders: BTreeMap::new() }
    }
}

impl Instances {
    /// One instance.
    pub fn get(&self, key: InstanceKey) -> Option<&ContainerInstance> {
        self.map.get(&key).map(Rc::as_ref)
    }

    /// How many there are in all clusters.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// The instances of a cluster by id.
    pub fn of(&self, cluster: ClusterId) -> impl Iterator<Item = &ContainerInstance> {
        self.map.range(keys_of(cluster)).map(|(_, instance)| instance.as_ref())
    }

    /// The one way to change an instance. Its name and zone stay.
    pub fn change(&mut self, key: InstanceKey, touches: Touches) -> Option<&mut ContainerInstance> {
        if touches != Touches::Nothing
            && let Some(ordered) = self.orders.get_mut(&key.cluster)
            && let Ok(index) = ordered.keys.binary_search(&key)
        {
            ordered.order.note(index, touches == Touches::Whole);
        }
        self.map.get_mut(&key).map(Rc::make_mut)
    }

    /// Adds an instance; its cluster's order is found anew.
    pub fn insert(&mut self, instance: ContainerInstance) {
        self.orders.remove(&instance.key.cluster);
        self.map.insert(instance.key, Rc::new(instance));
    }

    /// Removes an instance; its cluster's order is found anew.
    pub fn remove(&mut self, key: InstanceKey) {
        self.orders.remove(&key.cluster);
        self.map.remove(&key);
    }

    /// The instance of a cluster that placement chooses for a request. Instances that are gone take nothing and hold
    /// nothing, so they change no choice.
    pub fn choose(&mut self, cluster: ClusterId, request: &Rc<Request>, ties: Ties, draw: u64) -> Option<InstanceKey> {
        let Self { map, orders } = self;
        let Ordered { keys, order } = orders.entry(cluster).or_insert_with(|| {
            let keys: Vec<InstanceKey> = map.range(keys_of(cluster)).map(|(key, _)| *key).collect();
            let order = Order::new(&View { map, keys: &keys });
            Ordered { keys, order }
        });
        let chosen = order.choose(&View { map, keys }, request, ties, draw)?;
        keys.get(chosen).copied()
    }
}

fn keys_of(cluster: ClusterId) -> core::ops::RangeInclusive<InstanceKey> {
    let key = |id| InstanceKey { cluster, id: HexId::new(id) };
    key(0)..=key(u128::MAX)
}

/// The instances behind keys, as placement counts them.
struct View<'a> {
    map: &'a BTreeMap<InstanceKey, Rc<ContainerInstance>>,
    keys: &'a [InstanceKey],
}

impl Hosts for View<'_> {
    fn count(&self) -> usize {
        self.keys.len()
    }

    fn host(&self, index: usize) -> Option<&Host> {
        self.map.get(self.keys.get(index)?).map(|instance| &instance.host)
    }
}
