//! Deployments of a service by CodeDeploy: how far the newest one is, and the form that starts another.

use super::super::fleet::{deed, definitions};
use crate::app::parts::{Choice, Kept, SelectFieldProps, edit, select_field};
use crate::app::session::Door;
use ecs_lab::ecs::service::Service;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

/// What the form holds.
#[derive(Clone, Default, PartialEq)]
pub struct Draft {
    /// Application and deployment group, as `APPLICATION/GROUP`; the first one when it is empty.
    group: String,
    definition: String,
}

/// Whether CodeDeploy deploys a service.
pub fn deploys(own: &Service) -> bool {
    own.settings["deploymentController"]["type"] == "CODE_DEPLOY"
}

fn read(lab: &Lab, operation: &str, input: Value) -> Value {
    lab.read(&ApiCall::new("codedeploy", operation, input)).unwrap_or_default()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|own| own.as_str().map(str::to_owned)).collect()
}

/// The applications and deployment groups that name a service.
fn groups(lab: &Lab, cluster: &str, service: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for application in texts(&read(lab, "ListApplications", json!({}))["applications"]) {
        for group in
            texts(&read(lab, "ListDeploymentGroups", json!({ "applicationName": application }))["deploymentGroups"])
        {
            let input = json!({ "applicationName": application, "deploymentGroupName": group });
            let one = &read(lab, "GetDeploymentGroup", input)["deploymentGroupInfo"]["ecsServices"][0];
            if one["clusterName"] == cluster && one["serviceName"] == service {
                all.push((application.clone(), group));
            }
        }
    }
    all
}

/// CreateDeployment of the draft; none until a task definition is chosen, or without a deployment group.
fn command(lab: &Lab, own: &Service, groups: &[(String, String)], draft: &Draft) -> Option<Command> {
    let chosen = groups.iter().find(|(application, group)| format!("{application}/{group}") == draft.group);
    let (application, group) = chosen.or(groups.first()).filter(|_| !draft.definition.is_empty())?;
    let behind = &own.settings["loadBalancers"][0];
    let properties = json!({
        "TaskDefinition": lab.world().options().account.task_definition_named(&draft.definition),
        "LoadBalancerInfo": { "ContainerName": behind["containerName"], "ContainerPort": behind["containerPort"] },
    });
    let service = json!({ "TargetService": { "Type": "AWS::ECS::Service", "Properties": properties } });
    let spec = json!({ "version": 0.0, "Resources": [service] });
    let revision = json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": spec.to_string() } });
    let input = json!({ "applicationName": application, "deploymentGroupName": group, "revision": revision });
    Some(Command::Api(ApiCall::new("codedeploy", "CreateDeployment", input)))
}

/// The newest deployment of these groups in a sentence; none without one.
fn newest(lab: &Lab, groups: &[(String, String)]) -> Option<String> {
    let ids = groups.iter().flat_map(|(application, group)| {
        let input = json!({ "applicationName": application, "deploymentGroupName": group });
        texts(&read(lab, "ListDeployments", input)["deployments"]).into_iter().take(1)
    });
    let id = ids.into_iter().next()?;
    let shown = read(lab, "GetDeployment", json!({ "deploymentId": id }))["deploymentInfo"].take();
    let status = shown["status"].as_str().unwrap_or_default();
    if let Some(why) = shown["errorInformation"]["message"].as_str() {
        return Some(format!("{id} is {status}: {why}"));
    }
    let target = read(lab, "ListDeploymentTargets", json!({ "deploymentId": id }))["targetIds"][0].take();
    let target = read(lab, "GetDeploymentTarget", json!({ "deploymentId": id, "targetId": target }));
    let target = &target["deploymentTarget"]["ecsTarget"];
    let now = target["lifecycleEvents"].as_array().into_iter().flatten().find(|own| own["status"] == "InProgress");
    let step = now.and_then(|own| own["lifecycleEventName"].as_str()).map(|own| format!(", at {own}"));
    let sets = target["taskSetsInfo"].as_array().into_iter().flatten();
    let share = |own: &Value| {
        Some(format!("{} has {} % of the traffic", own["taskSetLabel"].as_str()?, own["trafficWeight"].as_f64()?))
    };
    let shares: Vec<String> = sets.filter_map(share).collect();
    Some(format!("{id} is {status}{}. {}.", step.unwrap_or_default(), shares.join("; ")))
}

/// How far the newest deployment is, and the form for another.
pub fn form(door: &Door, lab: &Lab, cluster: &str, own: &Service, draft: &Kept<Draft>) -> Html {
    let groups = groups(lab, cluster, &own.name);
    let edit = |change: fn(&mut Draft, String)| edit(draft, change);
    let pair = |text: String| -> Choice { (text.clone().into(), text.into()) };
    let named: Vec<Choice> = groups.iter().map(|(application, group)| pair(format!("{application}/{group}"))).collect();
    let chosen =
        named.iter().find(|(value, _)| **value == *draft.group).or(named.first()).map(|(value, _)| value.clone());
    let options: Vec<Choice> = std::iter::once(("".into(), "choose one".into()))
        .chain(definitions(lab).into_iter().map(|(name, _)| pair(name)))
        .collect();
    html! {
        <section class="stack" aria-labelledby="codedeploy-title">
            <h2 id="codedeploy-title">{ format!("Deploy {} by CodeDeploy", own.name) }</h2>
            if let Some(words) = newest(lab, &groups) { <p class="any" data-testid="codedeploy-now">{ words }</p> }
            if let Some(chosen) = chosen {
                { select_field(&props!(SelectFieldProps { id: "codedeploy-group", label: "Application and deployment group", value: chosen.to_string(), options: named, change: edit(|draft, value| draft.group = value) })) }
                { select_field(&props!(SelectFieldProps { id: "codedeploy-definition", label: "Task definition of the green task set", value: draft.definition.clone(), options, change: edit(|draft, value| draft.definition = value) })) }
                if let Some(command) = command(lab, own, &groups, draft) { { deed(door, "Start the deployment", "start-codedeploy", "start-codedeploy-line", &command, false) } }
            } else {
                <p class="dim" data-testid="codedeploy-none">{ "No deployment group names this service: aws deploy create-application and create-deployment-group make one." }</p>
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::super::test::listening;
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::sim::SimDuration;

    /// A service of two tasks behind a listener that CodeDeploy deploys; its application and group are still missing.
    fn service(lab: &mut Lab) -> Value {
        let to_blue = |blue: &str, _: &str| json!([{ "Type": "forward", "TargetGroupArn": blue }]);
        let [blue, _, listener] = listening(lab, to_blue);
        let input = json!({
            "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 2,
            "deploymentController": { "type": "CODE_DEPLOY" },
            "loadBalancers": [{ "targetGroupArn": blue, "containerName": "app", "containerPort": 80 }],
        });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(120))).unwrap();
        let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "codedeploy.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
        for (operation, input) in [
            ("CreateRole", json!({ "RoleName": "deployer", "AssumeRolePolicyDocument": trust.to_string() })),
            (
                "AttachRolePolicy",
                json!({ "RoleName": "deployer", "PolicyArn": "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS" }),
            ),
        ] {
            lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap();
        }
        json!({
            "applicationName": "app", "deploymentGroupName": "dgp",
            "serviceRoleArn": "arn:aws:iam::123456789012:role/deployer",
            "deploymentStyle": { "deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL" },
            "blueGreenDeploymentConfiguration": {
                "terminateBlueInstancesOnDeploymentSuccess": { "action": "TERMINATE", "terminationWaitTimeInMinutes": 5 },
                "deploymentReadyOption": { "actionOnTimeout": "CONTINUE_DEPLOYMENT" },
            },
            "ecsServices": [{ "clusterName": "prod", "serviceName": "shop" }],
            "loadBalancerInfo": { "targetGroupPairInfoList": [{
                "targetGroups": [{ "name": "blue" }, { "name": "green" }],
                "prodTrafficRoute": { "listenerArns": [listener] },
            }] },
        })
    }

    #[test]
    fn what_the_form_starts_rolls_out() {
        let mut lab = opening::fleet();
        let group = service(&mut lab);
        let own = |lab: &Lab| super::super::every(lab)[0].1.clone();
        assert!(deploys(&own(&lab)));
        let draft = Draft { definition: "web:1".into(), ..Draft::default() };
        assert_eq!(groups(&lab, "prod", "shop"), []);
        assert_eq!(command(&lab, &own(&lab), &[], &draft), None, "no group names it");
        let application = json!({ "applicationName": "app", "computePlatform": "ECS" });
        for (operation, input) in [("CreateApplication", application), ("CreateDeploymentGroup", group)] {
            lab.apply(Command::Api(ApiCall::new("codedeploy", operation, input))).unwrap();
        }
        let groups = groups(&lab, "prod", "shop");
        assert_eq!(groups, [("app".to_owned(), "dgp".to_owned())]);
        assert_eq!(command(&lab, &own(&lab), &groups, &Draft::default()), None, "nothing is chosen");
        assert_eq!(newest(&lab, &groups), None);
        lab.apply(command(&lab, &own(&lab), &groups, &draft).unwrap()).unwrap();
        let said = newest(&lab, &groups).unwrap();
        let shares = "Blue has 100 % of the traffic; Green has 0 % of the traffic.";
        assert!(said.ends_with(&format!(" is InProgress, at Install. {shares}")), "{said}");
        lab.apply(Command::Advance(SimDuration::from_secs(900))).unwrap();
        let said = newest(&lab, &groups).unwrap();
        assert!(said.ends_with(" is Succeeded. Green has 100 % of the traffic."), "{said}");
        assert_eq!(own(&lab).deployments.len(), 1);
        // What does not fit says why.
        let wrong = Draft { definition: "none:1".into(), ..draft };
        lab.apply(command(&lab, &own(&lab), &groups, &wrong).unwrap()).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(1))).unwrap();
        let said = newest(&lab, &groups).unwrap();
        assert!(said.contains(" is Failed: ") && said.contains("TaskDefinition not found."), "{said}");
    }
}
