//! What the inspector tells of a task and of a machine: plain values from the lab, tested natively.

use ecs_lab::ec2::Instance;
use ecs_lab::ecs::capability::SWITCHES;
use ecs_lab::ecs::config::{AgentConfig, PullBehavior};
use ecs_lab::ecs::instance::config_of;
use ecs_lab::ecs::taskdef::{Condition, Container};
use ecs_lab::event::FactKind;
use ecs_lab::lab::Lab;
use ecs_lab::placement::Attributes;

/// One line of a story: the clock and what happened.
pub type Moment = (String, String);

fn moments(lab: &Lab, about: impl Fn(&FactKind) -> Option<String>) -> Vec<Moment> {
    lab.facts().filter_map(|fact| Some((fact.at.clock(), about(&fact.kind)?))).collect()
}

/// The facts of a task and its containers, each with its clock.
pub fn task_life(lab: &Lab, id: &str) -> Vec<Moment> {
    let of = format!(" of task {id}");
    moments(lab, |kind| match kind {
        FactKind::TaskCreated { task, instance, zone, .. } if task == id => Some(
            instance
                .as_ref()
                .map_or_else(|| format!("made on Fargate in {zone}"), |i| format!("made and placed on {i}")),
        ),
        FactKind::TaskProvisioning { task, provider, .. } if task == id => {
            Some(format!("made, waits for capacity of {provider}"))
        }
        FactKind::TaskStatus { task, status, .. } if task == id => Some((*status).to_owned()),
        FactKind::Container { task, .. } if task == id => {
            let short = format!(" of task {}", super::view::short_task(id));
            Some(kind.sentence().replacen(&short, "", 1))
        }
        FactKind::TaskWaits { task, until, .. } if task == id => Some(format!("waits until {until}")),
        FactKind::TaskStopping { task, code, reason, .. } if task == id => {
            Some(format!("is to stop, {code}: {reason}"))
        }
        FactKind::Fault { subject, effect } => Some(format!("{} {effect}", subject.strip_suffix(&of)?)),
        _ => None,
    })
}

/// The facts of a machine, from its launch on: how it registered or why it could not, and what became of it.
pub fn machine_story(lab: &Lab, id: &str) -> Vec<Moment> {
    moments(lab, |kind| match kind {
        FactKind::Ec2State { instance, state } if instance == id => Some((*state).to_owned()),
        FactKind::InstanceRegistered { instance, cluster, cpu, memory, .. } if instance == id => {
            Some(format!("registered in {cluster} with {cpu} CPU units and {memory} MiB"))
        }
        FactKind::RegistrationFailed { instance, log } if instance == id => {
            Some(format!("could not register; the log says: {log}"))
        }
        FactKind::InstanceStatus { instance, status, .. } if instance == id => Some((*status).to_owned()),
        FactKind::AgentConnected { instance, connected, .. } if instance == id => {
            Some(format!("the agent is {}", if *connected { "connected" } else { "disconnected" }))
        }
        FactKind::AgentUpdate { instance, status, .. } if instance == id => Some(format!("agent update: {status}")),
        FactKind::PoolInstance { provider, instance, change } if instance == id => {
            Some(format!("Amazon ECS, for the capacity provider {provider}: {change}"))
        }
        FactKind::AttributeChanged { instance, .. } if instance == id => Some(kind.sentence().replacen(id, "it", 1)),
        FactKind::Fault { subject, effect } if subject == id => Some(effect.clone()),
        _ => None,
    })
}

/// What a container waits for and what brings it back, in words.
pub fn relations(containers: &[Container]) -> Vec<String> {
    let mut all = Vec::new();
    for own in containers {
        for (other, condition) in &own.depends_on {
            let until = match condition {
                Condition::Start => "has started",
                Condition::Complete => "has ended",
                Condition::Success => "has ended with exit code 0",
                Condition::Healthy => "is HEALTHY",
            };
            all.push(format!("{} starts once {other} {until}", own.name));
        }
        if let Some(restart) = &own.restart {
            let codes: Vec<String> = restart.ignored.iter().map(ToString::to_string).collect();
            let but = if codes.is_empty() {
                String::new()
            } else {
                format!(", but not after exit code {}", codes.join(", "))
            };
            all.push(format!("{} is started again when it ends after {} s or more{but}", own.name, restart.period));
        }
    }
    all
}

/// A key of `/etc/ecs/ecs.config` with the value that the agent goes by, and whether the user data set it so.
pub type Setting = (&'static str, String, bool);

/// The agent's configuration on a machine.
pub fn agent_config(machine: &Instance) -> Vec<Setting> {
    let defaults = settings(&AgentConfig::from_user_data("", machine.is_windows()));
    let own = settings(&config_of(machine)).into_iter().zip(defaults);
    own.map(|((key, value), (_, default))| (key, value.clone(), value != default)).collect()
}

fn settings(config: &AgentConfig) -> Vec<(&'static str, String)> {
    let ports = |ports: &[u16]| ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let pairs = |pairs: &Attributes| {
        let pair =
            |(name, value): (&String, &Option<String>)| format!("{name}={}", value.as_deref().unwrap_or_default());
        pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
    };
    let pulls = match config.pulls {
        PullBehavior::Default => "default",
        PullBehavior::Always => "always",
        PullBehavior::Once => "once",
        PullBehavior::PreferCached => "prefer-cached",
    };
    let (first, last) = config.dynamic_ports;
    let mut all = vec![
        ("ECS_CLUSTER", config.cluster().to_owned()),
        ("ECS_INSTANCE_ATTRIBUTES", pairs(&config.attributes)),
        ("ECS_CONTAINER_INSTANCE_TAGS", pairs(&config.tags)),
        (
            "ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM",
            if config.has_ec2_tags { "ec2_instance" } else { "none" }.to_owned(),
        ),
        ("ECS_RESERVED_MEMORY", config.reserved_memory.to_string()),
        ("ECS_RESERVED_PORTS", ports(&config.reserved_ports)),
        ("ECS_RESERVED_PORTS_UDP", ports(&config.reserved_ports_udp)),
        ("ECS_AVAILABLE_LOGGING_DRIVERS", config.log_drivers.join(", ")),
        ("ECS_DYNAMIC_HOST_PORT_RANGE", format!("{first}-{last}")),
        ("ECS_IMAGE_PULL_BEHAVIOR", pulls.to_owned()),
    ];
    all.extend(config.limits.iter().map(|(key, span)| (key, span.to_string())));
    all.push(("ECS_NUM_IMAGES_DELETE_PER_CYCLE", config.images_per_cycle.to_string()));
    all.extend(SWITCHES.iter().map(|switch| (switch.key, config.is_on(switch.key).to_string())));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::ecs::taskdef::validate;
    use ecs_lab::lab::{ApiCall, Command, launch};
    use ecs_lab::sim::SimDuration;
    use serde_json::json;

    #[test]
    fn the_life_of_a_task_has_its_containers_and_its_end() {
        let mut lab = opening::fleet();
        let cluster = lab.world().ecs().clusters().next().unwrap().id;
        let id = lab.world().ecs().tasks(cluster).next().unwrap().key.id.to_string();
        let input = json!({ "container": { "task": id, "container": "app", "exitCode": 3 } });
        lab.apply(Command::Api(ApiCall::new("lab", "Fault", input))).unwrap();
        lab.advance(SimDuration::from_secs(10)).unwrap();
        let words: Vec<String> = task_life(&lab, &id).into_iter().map(|(_, words)| words).collect();
        assert!(words[0].starts_with("made and placed on i-"), "{words:?}");
        assert_eq!(
            words[1..],
            [
                "RUNNING",
                "container app is STOPPED with exit code 3",
                "is to stop, EssentialContainerExited: Essential container in task exited",
                "STOPPED"
            ]
        );
    }

    #[test]
    fn the_story_of_a_machine_says_why_it_is_in_no_cluster() {
        let mut lab = opening::fleet();
        lab.apply(launch("nowhere", "m5.large", 1, "us-east-1a", &[("stack".into(), Some("x".into()))])).unwrap();
        lab.advance(SimDuration::from_secs(120)).unwrap();
        let machine = lab.world().ec2().iter().max_by_key(|own| own.number).unwrap();
        let story: Vec<String> =
            machine_story(&lab, &machine.id.to_string()).into_iter().map(|(_, words)| words).collect();
        assert_eq!(story[..2], ["pending", "running"]);
        assert!(story[2].starts_with("could not register; the log says: "), "{story:?}");
        let set: Vec<Setting> = agent_config(machine).into_iter().filter(|(.., set)| *set).collect();
        assert_eq!(
            set,
            [("ECS_CLUSTER", "nowhere".to_owned(), true), ("ECS_INSTANCE_ATTRIBUTES", "stack=x".to_owned(), true)]
        );
    }

    #[test]
    fn what_containers_wait_for_in_words() {
        let check = json!({ "command": ["CMD-SHELL", "exit 0"] });
        let definition = json!({ "family": "f", "containerDefinitions": [
            { "name": "app", "image": "a", "memory": 64, "dependsOn": [{ "containerName": "db", "condition": "HEALTHY" }, { "containerName": "init", "condition": "SUCCESS" }] },
            { "name": "db", "image": "b", "memory": 64, "healthCheck": check,
              "restartPolicy": { "enabled": true, "ignoredExitCodes": [0, 2], "restartAttemptPeriod": 60 } },
            { "name": "init", "image": "c", "memory": 64, "essential": false },
        ] });
        assert_eq!(
            relations(&validate(&definition).unwrap().core.containers),
            [
                "app starts once db is HEALTHY",
                "app starts once init has ended with exit code 0",
                "db is started again when it ends after 60 s or more, but not after exit code 0, 2"
            ]
        );
    }
}
