//! Services: all of them, one with its deployments, events and what keeps it from being steady, and the forms that make,
//! change and end one.

mod codedeploy;
mod detail;
mod load;
pub mod words;

use super::fleet::{deed, definitions};
use crate::app::parts::{
    CheckFieldProps, Choice, Kept, SelectFieldProps, Slots, TableProps, TextFieldProps, check_field, edit, empty,
    select_field, table, text_field,
};
use crate::app::session::Door;
use ecs_lab::ec2::network;
use ecs_lab::ecs::service::{Counts, Service, ServiceStatus, why};
use ecs_lab::event::ServiceKey;
use ecs_lab::lab::{Command, Lab};
use serde_json::{Value, json};
use std::rc::Rc;
use yew::prelude::*;
use yew::props;

/// What the form for a new service holds.
#[derive(Clone, Default, PartialEq)]
struct Draft {
    name: String,
    definition: String,
    desired: String,
    balancer: String,
    /// EC2 or FARGATE; AWS chooses when it is empty.
    launch: String,
    /// DAEMON; a REPLICA when it is empty.
    scheduling: String,
    /// minimumHealthyPercent and maximumPercent; AWS's defaults when they are empty.
    lower: String,
    upper: String,
    breaker: bool,
    /// BLUE_GREEN, LINEAR or CANARY; ROLLING when it is empty.
    strategy: String,
    /// The second target group of a strategy that shifts traffic.
    other: String,
}

/// The role in which ECS leads listeners to another revision (7.1); one that the lab does not hold is taken on trust.
const INFRASTRUCTURE: &str = "role/ecsInfrastructureRole";

const STRATEGIES: [(&str, &str); 4] = [
    ("", "ROLLING: old tasks go as new ones come"),
    ("BLUE_GREEN", "BLUE_GREEN: all traffic at once, then 5 minutes of bake time"),
    ("LINEAR", "LINEAR: 20 % more each minute, then 5 minutes of bake time"),
    ("CANARY", "CANARY: 10 % for 5 minutes, then all, then 5 minutes of bake time"),
];

/// The view.
pub fn services(door: &Door, slots: &Slots) -> Html {
    let chosen = Kept::of(slots, 0, || None::<ServiceKey>);
    let edit = Kept::of(slots, 1, detail::Edit::default);
    let load = Kept::of(slots, 2, load::Draft::default);
    let draft = Kept::of(slots, 3, || Draft { desired: "2".into(), ..Draft::default() });
    let deployment = Kept::of(slots, 4, codedeploy::Draft::default);
    let lab = door.store().lab();
    let all = every(&lab);
    let shown = chosen.or_else(|| all.first().map(|(_, own)| own.key));
    let shown = all.iter().find(|(_, own)| Some(own.key) == shown);
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Services" }</h1></div>
            <p class="dim lead">{ "A service keeps a number of tasks running: it starts what is missing, replaces what fails, and rolls out what is new." }</p>
            if all.is_empty() {
                { empty("No service in this lab yet", "services-empty", html! { <p>{ "Make one below, and let the clock run." }</p> }) }
            } else {
                { list(&lab, &all, shown.map(|(_, own)| own.key), &chosen) }
            }
            if let Some((_, own)) = shown { { detail::detail(&lab, own) } }
            <div class="forms">
                if let Some((cluster, own)) = shown.filter(|(_, own)| own.is_active()) {
                    { detail::deeds(door, &lab, cluster, own, &edit) }
                    if codedeploy::deploys(own) { { codedeploy::form(door, &lab, cluster, own, &deployment) } }
                    { load::form(door, &lab, cluster, own, &load) }
                }
                { form(door, &lab, &draft) }
            </div>
        </div>
    }
}

/// The services of every cluster with its name; what is over only while it is the last of its name.
fn every(lab: &Lab) -> Vec<(String, Rc<Service>)> {
    let ecs = lab.world().ecs();
    let mut all = Vec::new();
    for cluster in ecs.clusters() {
        let last = |own: &&Rc<Service>| ecs.service(cluster.id, &own.name).is_some_and(|last| last.key == own.key);
        all.extend(ecs.services(cluster.id).filter(last).map(|own| (cluster.name.clone(), Rc::clone(own))));
    }
    all
}

fn list(
    lab: &Lab,
    all: &[(String, Rc<Service>)],
    shown: Option<ServiceKey>,
    chosen: &Kept<Option<ServiceKey>>,
) -> Html {
    let ecs = lab.world().ecs();
    let row = |(cluster, own): &(String, Rc<Service>)| {
        let (key, counts) = (own.key, Counts::of(ecs, own, None));
        let onclick = {
            let chosen = chosen.clone();
            Callback::from(move |_: MouseEvent| chosen.set(Some(key)))
        };
        let pressed = (shown == Some(key)).to_string();
        let obstacles = why(ecs, lab.world().elb(), key, lab.now());
        let now = match (own.status, obstacles.first()) {
            (ServiceStatus::Active, None) => "steady".to_owned(),
            (ServiceStatus::Active, Some(first)) => words::short(first).to_owned(),
            (status, _) => status.name().to_lowercase(),
        };
        vec![
            html! { <button type="button" class="small" {onclick} aria-pressed={pressed} data-testid={format!("show-{}", own.name)}>{ own.name.to_string() }</button> },
            html! { cluster.clone() },
            html! { own.status.name() },
            html! { own.desired.to_string() },
            html! { counts.running.to_string() },
            html! { counts.pending.to_string() },
            html! { now },
        ]
    };
    let head = vec!["Service", "Cluster", "Status", "Desired", "Running", "Pending", "Now"];
    let rows = all.iter().map(row).collect();
    table(&TableProps { caption: "All services".into(), head, rows, testid: "service-table".into() })
}

/// CreateService of the draft in the first ACTIVE cluster; none until it has a name and a definition.
fn creation(lab: &Lab, draft: &Draft) -> Option<Command> {
    let cluster = lab.world().ecs().clusters().find(|own| own.active)?;
    let (name, definition) = (draft.name.trim(), draft.definition.as_str());
    if name.is_empty() || definition.is_empty() {
        return None;
    }
    let mut input = json!({ "cluster": cluster.name, "serviceName": name, "taskDefinition": definition });
    // What is no number is left to AWS's own words.
    let number = |text: &str| text.trim().parse().map_or_else(|_| Value::from(text.trim()), |own: i64| own.into());
    if draft.scheduling.is_empty() {
        input["desiredCount"] = number(&draft.desired);
    } else {
        input["schedulingStrategy"] = Value::from(draft.scheduling.as_str());
    }
    if !draft.launch.is_empty() {
        input["launchType"] = Value::from(draft.launch.as_str());
    }
    let mut bounds = json!({});
    for (name, text) in [("minimumHealthyPercent", &draft.lower), ("maximumPercent", &draft.upper)] {
        if !text.trim().is_empty() {
            bounds[name] = number(text);
        }
    }
    if draft.breaker {
        bounds["deploymentCircuitBreaker"] = json!({ "enable": true, "rollback": true });
    }
    let shifts = draft.strategy.as_str();
    if !shifts.is_empty() {
        bounds["strategy"] = Value::from(shifts);
        bounds["bakeTimeInMinutes"] = Value::from(5);
        match shifts {
            "LINEAR" => bounds["linearConfiguration"] = json!({ "stepPercent": 20.0, "stepBakeTimeInMinutes": 1 }),
            "CANARY" => bounds["canaryConfiguration"] = json!({ "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5 }),
            _ => {}
        }
    }
    if bounds != json!({}) {
        input["deploymentConfiguration"] = bounds;
    }
    if definitions(lab).contains(&(definition.to_owned(), true)) {
        let subnets = network::default_subnets(&lab.world().options().account.region, 3);
        let mut network = json!({ "subnets": subnets });
        // The default subnets are public: what runs on Fargate reaches its registry with an address of its own.
        let provider = &cluster.document["defaultCapacityProviderStrategy"][0]["capacityProvider"];
        let by_default = provider.as_str().is_some_and(|own| own.starts_with("FARGATE"));
        if draft.launch == "FARGATE" || draft.launch.is_empty() && by_default {
            network["assignPublicIp"] = Value::from("ENABLED");
        }
        input["networkConfiguration"] = json!({ "awsvpcConfiguration": network });
    }
    let group = lab.world().elb().target_groups().find(|group| group.name == draft.balancer);
    if let (Some(group), Some(own)) = (group, ecs_lab::ecs::runnable(lab.world().ecs(), definition)) {
        let containers = own.registration.document["containerDefinitions"].as_array();
        let port = |own: &Value| Some((own["name"].clone(), own["portMappings"][0]["containerPort"].as_u64()?));
        if let Some((name, port)) = containers.into_iter().flatten().find_map(port) {
            let mut item = json!({ "targetGroupArn": group.arn, "containerName": name, "containerPort": port });
            let elb = lab.world().elb();
            let other = elb.target_groups().find(|other| other.name == draft.other);
            let rules = elb.load_balancers().flat_map(|own| own.listeners.iter().flat_map(|one| one.rules.iter()));
            let mut leads = rules.filter(|rule| rule.forwards_to().any(|(arn, _)| arn == group.arn));
            if let (false, Some(other), Some(rule)) = (shifts.is_empty(), other, leads.next()) {
                item["advancedConfiguration"] = json!({
                    "alternateTargetGroupArn": other.arn, "productionListenerRule": rule.arn,
                    "roleArn": lab.world().options().account.principal(INFRASTRUCTURE),
                });
            }
            input["loadBalancers"] = json!([item]);
        }
    }
    Some(Command::ecs("CreateService", input))
}

fn form(door: &Door, lab: &Lab, draft: &Kept<Draft>) -> Html {
    let edit = |change: fn(&mut Draft, String)| edit(draft, change);
    let check = {
        let draft = draft.clone();
        Callback::from(move |breaker: bool| draft.change(|own| own.breaker = breaker))
    };
    let words_of = |all: &[(&'static str, &'static str)]| -> Vec<Choice> {
        all.iter().map(|(value, words)| ((*value).into(), (*words).into())).collect()
    };
    let known = definitions(lab);
    let pair = |text: String| (AttrValue::from(text.clone()), AttrValue::from(text));
    let mut options = vec![("".into(), "choose one".into())];
    options.extend(known.into_iter().map(|(name, _)| pair(name)));
    let mut groups = vec![("".into(), "none".into())];
    groups.extend(lab.world().elb().target_groups().map(|group| pair(group.name.clone())));
    html! {
        <section class="stack" aria-labelledby="new-service-title">
            <h2 id="new-service-title">{ "A new service" }</h2>
            { text_field(&props!(TextFieldProps { id: "service-name", label: "Name", value: draft.name.clone(), placeholder: "web", change: edit(|draft, value| draft.name = value) })) }
            { select_field(&props!(SelectFieldProps { id: "service-definition", label: "Task definition", value: draft.definition.clone(), options, change: edit(|draft, value| draft.definition = value) })) }
            { text_field(&props!(TextFieldProps { id: "service-desired", label: "Desired count", inputmode: "numeric", value: draft.desired.clone(), change: edit(|draft, value| draft.desired = value) })) }
            if groups.len() > 1 {
                { select_field(&props!(SelectFieldProps { id: "service-group", label: "Target group", value: draft.balancer.clone(), options: groups.clone(), change: edit(|draft, value| draft.balancer = value) })) }
            }
            <details class="pane" data-testid="service-more">
                <summary>{ "How it starts and rolls out" }</summary>
                <div class="stack">
                    { select_field(&props!(SelectFieldProps { id: "service-launch", label: "Launch type", value: draft.launch.clone(), options: words_of(&[("", "as the cluster says, else EC2"), ("EC2", "EC2"), ("FARGATE", "FARGATE")]), change: edit(|draft, value| draft.launch = value) })) }
                    { select_field(&props!(SelectFieldProps { id: "service-scheduling", label: "Scheduling", value: draft.scheduling.clone(), options: words_of(&[("", "REPLICA: as many tasks as desired"), ("DAEMON", "DAEMON: one task on each instance")]), change: edit(|draft, value| draft.scheduling = value) })) }
                    { text_field(&props!(TextFieldProps { id: "service-lower", label: "Minimum healthy percent", inputmode: "numeric", placeholder: "100", value: draft.lower.clone(), change: edit(|draft, value| draft.lower = value) })) }
                    { text_field(&props!(TextFieldProps { id: "service-upper", label: "Maximum percent", inputmode: "numeric", placeholder: "200", value: draft.upper.clone(), change: edit(|draft, value| draft.upper = value) })) }
                    { select_field(&props!(SelectFieldProps { id: "service-strategy", label: "Deployment strategy", value: draft.strategy.clone(), options: words_of(&STRATEGIES), change: edit(|draft, value| draft.strategy = value) })) }
                    if !draft.strategy.is_empty() {
                        { select_field(&props!(SelectFieldProps { id: "service-other-group", label: "Target group of the other revision", value: draft.other.clone(), options: groups.clone(), change: edit(|draft, value| draft.other = value) })) }
                    }
                    { check_field(&props!(CheckFieldProps { id: "service-breaker", label: "Circuit breaker with rollback", checked: draft.breaker, change: check })) }
                </div>
            </details>
            if let Some(command) = creation(lab, draft) { { deed(door, "Create the service", "create-service", "create-service-line", &command, false) } } else { <p class="dim">{ "Name it and choose a task definition: the command then stands here." }</p> }
        </section>
    }
}

#[cfg(test)]
mod test {
    use ecs_lab::ec2::network;
    use ecs_lab::lab::{ApiCall, Command, Lab};
    use serde_json::{Value, json};

    /// Two target groups, blue and green, and a listener with what it does with them: the three ARNs.
    pub fn listening(lab: &mut Lab, actions: impl Fn(&str, &str) -> Value) -> [String; 3] {
        let mut elb = |operation: &str, input: Value, list: &str, arn: &str| {
            let reply = lab.apply(Command::Api(ApiCall::new("elbv2", operation, input))).unwrap().reply;
            reply[list][0][arn].as_str().unwrap().to_owned()
        };
        let mut group = |name: &str| {
            let input = json!({ "Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": network::VPC, "TargetType": "instance" });
            elb("CreateTargetGroup", input, "TargetGroups", "TargetGroupArn")
        };
        let (blue, green) = (group("blue"), group("green"));
        let input = json!({ "Name": "front", "Subnets": network::default_subnets("us-east-1", 3) });
        let front = elb("CreateLoadBalancer", input, "LoadBalancers", "LoadBalancerArn");
        let actions = actions(&blue, &green);
        let input = json!({ "LoadBalancerArn": front, "Protocol": "HTTP", "Port": 80, "DefaultActions": actions });
        let listener = elb("CreateListener", input, "Listeners", "ListenerArn");
        [blue, green, listener]
    }
}

#[cfg(test)]
mod tests {
    use super::test::listening;
    use super::*;
    use crate::app::store::opening;

    fn draft() -> Draft {
        Draft { name: " shop ".into(), definition: "web:1".into(), desired: "2".into(), ..Draft::default() }
    }

    #[test]
    fn the_draft_makes_the_service_that_it_shows() {
        let mut lab = opening::fleet();
        assert_eq!(creation(&lab, &Draft { name: "  ".into(), ..draft() }), None);
        lab.apply(creation(&lab, &draft()).unwrap()).unwrap();
        let all = every(&lab);
        assert_eq!((all[0].0.as_str(), &*all[0].1.name, all[0].1.desired), ("prod", "shop", 2));
        let wrong = creation(&lab, &Draft { desired: "many".into(), ..draft() }).unwrap();
        assert!(lab.apply(wrong).unwrap_err().message.contains("desiredCount"));
    }

    #[test]
    fn what_is_chosen_beyond_the_count_is_in_the_call() {
        let lab = opening::fleet();
        let full = Draft {
            launch: "EC2".into(),
            scheduling: "DAEMON".into(),
            lower: "50".into(),
            upper: " 100 ".into(),
            breaker: true,
            ..draft()
        };
        let Some(Command::Api(call)) = creation(&lab, &full) else { panic!("no call") };
        assert_eq!(
            call.input,
            json!({
                "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "launchType": "EC2",
                "schedulingStrategy": "DAEMON",
                "deploymentConfiguration": {
                    "minimumHealthyPercent": 50, "maximumPercent": 100,
                    "deploymentCircuitBreaker": { "enable": true, "rollback": true },
                },
            })
        );
    }

    #[test]
    fn each_strategy_that_shifts_traffic_is_made_and_shifts_it() {
        for (strategy, _) in &STRATEGIES[1..] {
            let mut lab = opening::fleet();
            listening(&mut lab, |blue, green| {
                let groups =
                    json!([{ "TargetGroupArn": blue, "Weight": 100 }, { "TargetGroupArn": green, "Weight": 0 }]);
                json!([{ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }])
            });
            let draft =
                Draft { strategy: (*strategy).into(), balancer: "blue".into(), other: "green".into(), ..draft() };
            lab.apply(creation(&lab, &draft).unwrap()).unwrap();
            lab.apply(Command::Advance(ecs_lab::sim::SimDuration::from_secs(600))).unwrap();
            let again = json!({ "cluster": "prod", "service": "shop", "forceNewDeployment": true });
            lab.apply(Command::ecs("UpdateService", again)).unwrap();
            let mut seen = Vec::new();
            for _ in 0..200 {
                lab.apply(Command::Advance(ecs_lab::sim::SimDuration::from_secs(10))).unwrap();
                let share = every(&lab)[0].1.shift.as_ref().map(|own| own.production);
                if seen.last() != Some(&share) {
                    seen.push(share);
                }
            }
            let steps: &[u16] = match *strategy {
                "LINEAR" => &[0, 200, 400, 600, 800, 1000],
                "CANARY" => &[0, 100, 1000],
                _ => &[0, 1000],
            };
            let steps: Vec<Option<u16>> = steps.iter().copied().map(Some).chain([None]).collect();
            assert_eq!(seen, steps, "{strategy}");
        }
    }

    #[test]
    fn of_services_of_one_name_the_last_is_listed() {
        let mut lab = opening::fleet();
        for _ in 0..2 {
            lab.apply(creation(&lab, &draft()).unwrap()).unwrap();
            lab.apply(Command::ecs("DeleteService", json!({ "cluster": "prod", "service": "shop", "force": true })))
                .unwrap();
            lab.apply(Command::Advance(ecs_lab::sim::SimDuration::from_secs(600))).unwrap();
        }
        assert_eq!(lab.world().ecs().services(every(&lab)[0].1.key.cluster).count(), 2);
        assert_eq!(every(&lab).len(), 1);
    }
}
