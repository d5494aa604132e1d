//! The container instances, and the orders in which requests would take them.
//!
//! An order is a cache: no snapshot holds it, and without it every answer is the same. It stays in step because the only
//! way to an instance that may be changed is [`Instances::change`].

use super::{ContainerInstance, LaunchType};
use crate::event::{ClusterId, HexId, InstanceKey};
use crate::placement::{Host, Hosts, Order, Request, Ties};
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// See the module.
#[derive(Default)]
pub struct Instances {
    map: Map<InstanceKey, Rc<ContainerInstance>>,
    orders: Map<(ClusterId, Pool), Ordered>,
}

/// Which instances of a cluster a request may go to: those of a launch type, and of the capacity provider with that number
/// where it is not 0.
pub type Pool = (LaunchType, u32);

/// The order of one cluster's instances of a pool, by their place among their keys.
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
        Self { map: self.map.clone(), orders: Map::new() }
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
        range(&self.map, cluster).map(|(_, instance)| instance.as_ref())
    }

    /// The one way to change an instance. Its name and zone stay.
    pub fn change(&mut self, key: InstanceKey, touches: Touches) -> Option<&mut ContainerInstance> {
        let instance = self.map.get_mut(&key)?;
        for pool in pools(instance).into_iter().filter(|_| touches != Touches::Nothing).flatten() {
            if let Some(ordered) = self.orders.get_mut(&(key.cluster, pool))
                && let Ok(index) = ordered.keys.binary_search(&key)
            {
                ordered.order.note(index, touches == Touches::Whole);
            }
        }
        Some(Rc::make_mut(instance))
    }

    /// Puts an instance into a capacity provider, or with 0 into none; the orders of both are found anew. False when it
    /// was there.
    pub fn assign(&mut self, key: InstanceKey, provider: u32) -> bool {
        let Some(instance) = self.map.get_mut(&key).filter(|own| own.provider != provider) else { return false };
        let launch = instance.launch();
        for provider in [instance.provider, provider] {
            self.orders.remove(&(key.cluster, (launch, provider)));
        }
        let own = Rc::make_mut(instance);
        own.provider = provider;
        own.version += 1;
        true
    }

    /// Adds an instance; its cluster's order is found anew.
    pub fn insert(&mut self, instance: ContainerInstance) {
        self.forget_orders(&instance);
        self.map.insert(instance.key, Rc::new(instance));
    }

    /// Removes an instance; its cluster's order is found anew.
    pub fn remove(&mut self, key: InstanceKey) {
        if let Some(instance) = self.map.remove(&key) {
            self.forget_orders(&instance);
        }
    }

    fn forget_orders(&mut self, instance: &ContainerInstance) {
        for pool in pools(instance).into_iter().flatten() {
            self.orders.remove(&(instance.key.cluster, pool));
        }
    }

    /// The instance of a cluster that placement chooses for a request to a pool. Instances that are gone take nothing and hold
    /// nothing, so they change no choice.
    pub fn choose(
        &mut self,
        cluster: ClusterId,
        pool: Pool,
        request: &Rc<Request>,
        ties: Ties,
        draw: u64,
    ) -> Option<InstanceKey> {
        let Self { map, orders } = self;
        let Ordered { keys, order } = orders.or_insert_with((cluster, pool), || {
            let own = range(map, cluster).filter(|(_, instance)| pools(instance).contains(&Some(pool)));
            let keys: Vec<InstanceKey> = own.map(|(key, _)| *key).collect();
            let order = Order::new(&View { map, keys: &keys });
            Ordered { keys, order }
        });
        let chosen = order.choose(&View { map, keys }, request, ties, draw)?;
        keys.get(chosen).copied()
    }
}

/// The pools that an instance is in.
fn pools(instance: &ContainerInstance) -> [Option<Pool>; 2] {
    let launch = instance.launch();
    [Some((launch, 0)), Some((launch, instance.provider)).filter(|_| instance.provider != 0)]
}

fn range(
    map: &Map<InstanceKey, Rc<ContainerInstance>>,
    cluster: ClusterId,
) -> core::slice::Iter<'_, (InstanceKey, Rc<ContainerInstance>)> {
    let key = |id| InstanceKey { cluster, id: HexId::new(id) };
    map.range(&key(0), &key(u128::MAX))
}

/// The instances behind keys, as placement counts them.
struct View<'a> {
    map: &'a Map<InstanceKey, Rc<ContainerInstance>>,
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
