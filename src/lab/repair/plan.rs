//! One fix as the calls that make it.

use crate::ec2::images::LINUX;
use crate::ec2::{State, network};
use crate::ecs::capability::settings_for;
use crate::ecs::{Cluster, ContainerInstance, Definition, survey};
use crate::event::{Ec2Id, TaskKey};
use crate::lab::launch::{launch, launch_windows, pairs};
use crate::lab::{ApiCall, BOOT, Command, Lab};
use crate::placement::fix::LEAST_MEMORY;
use crate::placement::input::is_custom_attribute;
use crate::placement::{Change, Offer, PortNeed, Protocol};
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// The calls of one fix: what comes first, a new revision if the definition changes, then the request.
pub struct Plan<'a> {
    lab: &'a Lab,
    cluster: &'a Cluster,
    first: Vec<Command>,
    /// Whether an instance has to boot.
    waits: bool,
    /// The changed definition, and the name of the revision that it becomes.
    revision: Option<(Value, String)>,
    operation: &'a str,
    run: Value,
}

impl<'a> Plan<'a> {
    pub fn new(lab: &'a Lab, cluster: &'a Cluster, operation: &'a str, run: Value) -> Self {
        Self { lab, cluster, first: Vec::new(), waits: false, revision: None, operation, run }
    }

    /// The calls in order.
    pub fn commands(mut self) -> Vec<Command> {
        let mut all = self.first;
        if self.waits {
            all.push(Command::Advance(BOOT));
        }
        if let Some((mut document, name)) = self.revision {
            drop_gaps(&mut document);
            all.push(Command::ecs("RegisterTaskDefinition", document));
            self.run["taskDefinition"] = Value::from(name);
        }
        drop_gaps(&mut self.run);
        all.push(Command::ecs(self.operation, self.run));
        all
    }

    /// Adds what makes one change; `None` where no call does. `tasks` are the tenants.
    pub fn add(&mut self, change: &Change, tasks: &[TaskKey], offers: &[Offer]) -> Option<()> {
        let cluster = self.cluster.name.as_str();
        match change {
            Change::Connect { host } => {
                let id: Ec2Id = host.parse().ok()?;
                let stopped = self.lab.world().ec2().get(id)?.state == State::Stopped;
                self.first.push(stopped.then(|| Command::ec2("StartInstances", json!({ "InstanceIds": [host] })))?);
                self.waits = true;
            }
            Change::Activate { host } => {
                let arn = &self.instance(host)?.host.arn;
                let input = json!({ "cluster": cluster, "containerInstances": [arn], "status": "ACTIVE" });
                self.first.push(Command::ecs("UpdateContainerInstancesState", input));
            }
            Change::AddAttributes { host, attributes } => {
                let arn = &self.instance(host)?.host.arn;
                let attribute = |(name, value): &(String, Option<String>)| {
                    let mut item = json!({ "name": name, "targetId": arn });
                    if let Some(value) = value {
                        item["value"] = Value::from(value.as_str());
                    }
                    is_custom_attribute(name).then_some(item)
                };
                let list: Option<Vec<Value>> = attributes.iter().map(attribute).collect();
                self.first.push(Command::ecs("PutAttributes", json!({ "cluster": cluster, "attributes": list? })));
            }
            Change::Stop { tasks: stopped, .. } => {
                for key in stopped.iter().filter_map(|index| tasks.get(*index)) {
                    let input = json!({ "cluster": cluster, "task": key.id.to_string() });
                    self.first.push(Command::ecs("StopTask", input));
                }
            }
            Change::LowerCpu { from, to } => self.lower("cpu", *from, *to)?,
            Change::LowerMemory { from, to } => self.lower("memory", *from, *to)?,
            Change::DynamicPorts { ports } => {
                for container in self.changed_definition()?["containerDefinitions"].as_array_mut()? {
                    for mapping in container["portMappings"].as_array_mut().into_iter().flatten() {
                        if ports.iter().any(|need| is_mapping(need, mapping)) {
                            mapping["hostPort"] = Value::from(0);
                        }
                    }
                }
            }
            Change::AddZone { zone } => {
                let subnets = &mut self.run["networkConfiguration"]["awsvpcConfiguration"]["subnets"];
                subnets.as_array_mut()?.push(Value::from(network::subnet_of(zone)?));
            }
            Change::Widen { constraint, to, .. } => {
                self.constraint(*constraint)?["expression"] = Value::from(to.to_string());
            }
            Change::Drop { constraint, .. } => *self.constraint(*constraint)? = Value::Null,
            Change::AddInstance { offer, attributes, .. } => {
                let Offer { instance_type, host } = offers.get(*offer)?;
                let system = host.attribute("ecs.os-family").unwrap_or(LINUX);
                let mut own = attributes.clone();
                if !host.zone.is_empty() {
                    settings_for(&mut own, system != LINUX);
                }
                if !own.iter().all(|(name, _)| is_custom_attribute(name)) {
                    return None;
                }
                let command = if host.zone.is_empty() {
                    let (cpus, memory) = (host.cpu.total / 1024, host.memory.total);
                    let mut input = json!({ "cpus": cpus, "memory": memory, "cluster": cluster });
                    if !attributes.is_empty() {
                        input["attributes"] = pairs(attributes);
                    }
                    Command::Api(ApiCall::new("lab", "External", input))
                } else {
                    self.waits = true;
                    match system {
                        LINUX => launch(cluster, instance_type, 1, &host.zone, attributes),
                        windows => launch_windows(cluster, instance_type, 1, &host.zone, attributes, windows)?,
                    }
                };
                self.first.push(command);
            }
        }
        Some(())
    }

    /// The constraint of an index over the definition's and the request's together. One that is dropped becomes null
    /// first, so that the others keep their places.
    fn constraint(&mut self, index: usize) -> Option<&mut Value> {
        let own = self.definition()?.registration.core.placement_constraints.len();
        let (document, at) = match index.checked_sub(own) {
            Some(at) => (&mut self.run, at),
            None => (self.changed_definition()?, index),
        };
        document["placementConstraints"].as_array_mut()?.get_mut(at)
    }

    fn definition(&self) -> Option<Rc<Definition>> {
        survey::definition(self.lab.world().ecs(), self.run["taskDefinition"].as_str()?).ok()
    }

    fn changed_definition(&mut self) -> Option<&mut Value> {
        if self.revision.is_none() {
            let registration = self.definition()?.registration.clone();
            let (_, family) = self.lab.world().ecs().families().find(|(name, _)| *name == registration.family)?;
            let name = alloc::format!("{}:{}", registration.family, family.last + 1);
            self.revision = Some((registration.document.clone(), name));
        }
        self.revision.as_mut().map(|(document, _)| document)
    }

    /// Overrides an amount: the task's where that is what counts, and that of each container which has more than its
    /// task then (CD-08); else that of one container after the other.
    fn lower(&mut self, member: &str, from: u32, to: u32) -> Option<()> {
        let registration = self.definition()?.registration.clone();
        let core = &registration.core;
        let of_task = if member == "cpu" { core.task_cpu } else { core.task_memory };
        let overrides = &mut self.run["overrides"];
        let mut within_task = false;
        if (of_task.is_some() && !core.is_windows()) || overrides.get(member).is_some() {
            overrides[member] = Value::from(to.to_string());
            within_task = true;
        }
        let least = if member == "cpu" { 0 } else { LEAST_MEMORY };
        let list = &mut overrides["containerOverrides"];
        if list.is_null() {
            *list = json!([]);
        }
        let list = list.as_array_mut()?;
        let mut missing = if within_task { 0 } else { from - to };
        for container in &core.containers {
            let at = list.iter().rposition(|item| item["name"] == container.name.as_str()).unwrap_or_else(|| {
                list.push(json!({ "name": container.name }));
                list.len() - 1
            });
            let item = list.get_mut(at)?;
            let given = |member: &str| item[member].as_u64().and_then(|number| u32::try_from(number).ok());
            if within_task {
                let amounts = [
                    ("cpu", given("cpu").or(Some(container.cpu))),
                    ("memory", given("memory").or(container.memory)),
                    ("memoryReservation", given("memoryReservation").or(container.memory_reservation)),
                ];
                for (own, amount) in amounts {
                    if own.starts_with(member) && amount.is_some_and(|amount| amount > to) {
                        item[own] = Value::from(to);
                    }
                }
                continue;
            }
            let soft = given("memoryReservation").or(container.memory_reservation).filter(|soft| *soft > 0);
            let (member, own) = match (member, soft) {
                ("cpu", _) => ("cpu", given("cpu").unwrap_or(container.cpu)),
                (_, Some(soft)) => ("memoryReservation", soft),
                (_, None) => ("memory", given("memory").or(container.memory).unwrap_or(0)),
            };
            let cut = missing.min(own.saturating_sub(least));
            if cut > 0 {
                item[member] = Value::from(own - cut);
                missing -= cut;
            }
        }
        list.retain(|item| item.as_object().is_some_and(|item| item.len() > 1));
        if list.is_empty()
            && let Some(overrides) = overrides.as_object_mut()
        {
            overrides.remove("containerOverrides");
        }
        (missing == 0).then_some(())
    }

    /// The container instance of an EC2 id.
    fn instance(&self, host: &str) -> Option<&'a ContainerInstance> {
        self.lab.world().ecs().instances(self.cluster.id).find(|instance| instance.host.name == host)
    }
}

fn is_mapping(need: &PortNeed, mapping: &Value) -> bool {
    let udp = mapping["protocol"] == "udp";
    udp == (need.protocol == Protocol::Udp) && mapping["hostPort"].as_u64() == Some(need.port.into())
}

/// Takes the dropped constraints out.
fn drop_gaps(document: &mut Value) {
    if let Some(list) = document.get_mut("placementConstraints").and_then(Value::as_array_mut) {
        list.retain(|item| !item.is_null());
    }
}
