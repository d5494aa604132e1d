//! The form for a capacity provider of an Auto Scaling group: its managed scaling, termination protection and draining.

use super::deeds::{deed, elsewhere, refusal};
use super::fields::{Field, Kind, form};
use super::requests::values;
use super::{Drafts, provider_start};
use crate::app::parts::{Choice, Kept};
use crate::app::session::Door;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;

const WHICH: &[Field] = &[("provider-name", "Capacity provider", "", Kind::Offered)];

const NEW: &[Field] = &[
    ("provider-autoScalingGroupArn", "Auto Scaling group", "", Kind::Offered),
    ("provider-new", "Name", "", Kind::Text("Not aws, ecs or fargate at its start.")),
];

const ON_OR_OFF: Kind = Kind::Choice(&[("", "as it is"), ("ENABLED", "ENABLED"), ("DISABLED", "DISABLED")]);

const SETTINGS: &[Field] = &[
    ("provider-status", "Managed scaling", "ENABLED", ON_OR_OFF),
    ("provider-targetCapacity", "Target capacity in percent", "100", Kind::Text("")),
    ("provider-minimumScalingStepSize", "Minimum step size", "", Kind::Text("1 when it is empty.")),
    ("provider-maximumScalingStepSize", "Maximum step size", "", Kind::Text("10000 when it is empty.")),
    ("provider-instanceWarmupPeriod", "Warm-up of an instance, in seconds", "", Kind::Text("300 when it is empty.")),
    ("provider-managedTerminationProtection", "Managed termination protection", "", ON_OR_OFF),
    ("provider-managedDraining", "Managed draining", "", ON_OR_OFF),
];

const SCALING: [&str; 5] = [
    "provider-status",
    "provider-targetCapacity",
    "provider-minimumScalingStepSize",
    "provider-maximumScalingStepSize",
    "provider-instanceWarmupPeriod",
];

/// The providers of Auto Scaling groups as AWS describes them.
fn providers(lab: &Lab) -> Vec<Value> {
    let reply = lab.read(&ApiCall::new("ecs", "DescribeCapacityProviders", json!({}))).unwrap_or_default();
    let all = reply["capacityProviders"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|own| own["autoScalingGroupProvider"].is_object() && own["status"] == "ACTIVE").collect()
}

/// `autoScalingGroupProvider` of the draft.
fn settings(drafts: &Drafts) -> Value {
    let (own, mut all, mut scaling) = (values(drafts, SETTINGS), json!({}), json!({}));
    own.fill(&mut scaling, &SCALING);
    all["managedScaling"] = scaling;
    own.fill(&mut all, &["provider-managedTerminationProtection", "provider-managedDraining"]);
    all
}

/// UpdateCapacityProvider.
fn update(drafts: &Drafts, name: &str) -> Command {
    Command::ecs("UpdateCapacityProvider", json!({ "name": name, "autoScalingGroupProvider": settings(drafts) }))
}

/// CreateCapacityProvider; none until it has a name.
fn creation(drafts: &Drafts, group: &str) -> Option<Command> {
    let name = values(drafts, NEW).text("provider-new");
    let mut all = settings(drafts);
    all["autoScalingGroupArn"] = Value::from(group);
    (!name.is_empty())
        .then(|| Command::ecs("CreateCapacityProvider", json!({ "name": name, "autoScalingGroupProvider": all })))
}

/// What is chosen of a field: the first while nothing is.
fn chosen(drafts: &Drafts, fields: &'static [Field], id: &str, offers: &[Choice]) -> Option<AttrValue> {
    let text = values(drafts, fields).text(id);
    let own = offers.iter().find(|(value, _)| value == text).or(offers.first());
    own.map(|(value, _)| value.clone())
}

/// The form; nothing where there is neither a provider nor a group for one.
pub fn section(door: &Door, lab: &Lab, drafts: &Kept<Drafts>) -> Html {
    let known = providers(lab);
    let names = known.iter().filter_map(|own| own["name"].as_str().map(str::to_owned));
    let names: Vec<Choice> = names.map(|name| (name.clone().into(), name.into())).collect();
    let taken = |arn: &str| known.iter().any(|own| own["autoScalingGroupProvider"]["autoScalingGroupArn"] == arn);
    let groups = lab.world().autoscaling().groups().filter(|own| !taken(&own.arn));
    let groups: Vec<Choice> = groups.map(|own| (own.arn.clone().into(), own.name.clone().into())).collect();
    let (provider, group) =
        (chosen(drafts, WHICH, "provider-name", &names), chosen(drafts, NEW, "provider-autoScalingGroupArn", &groups));
    if provider.is_none() && group.is_none() {
        return html! {
            <section class="stack" aria-labelledby="provider-title">
                <h2 id="provider-title">{ "Capacity providers" }</h2>
                <p class="dim" data-testid="provider-none">{ "There is no Auto Scaling group in this lab, so nothing adds instances by itself." }</p>
                if let Some((words, command)) = provider_start::next(lab) {
                    { deed((door, drafts), "provider", words, "begin-capacity".into(), &command, false) }
                }
            </section>
        };
    }
    let (on, error) = ((door, drafts), |id: &str| refusal(drafts, "provider", id));
    html! {
        <section class="stack slim" aria-labelledby="provider-title" data-testid="provider-form">
            <h2 id="provider-title">{ "Capacity providers" }</h2>
            { form(drafts, SETTINGS, &[], &error) }
            { elsewhere(drafts, "provider", &[SETTINGS, NEW]) }
            if let Some(name) = &provider {
                { form(drafts, WHICH, &[("provider-name", names)], &error) }
                { deed(on, "provider", "Update the capacity provider", "update-provider".into(), &update(drafts, name), false) }
                if let Some(command) = provider_start::joining(lab, name) {
                    { deed(on, "provider", "Let the cluster use it", "join-provider".into(), &command, false) }
                }
                { deed(on, "provider", "Delete the capacity provider", "delete-provider".into(), &Command::ecs("DeleteCapacityProvider", json!({ "capacityProvider": name.as_str() })), true) }
            }
            if let Some(group) = &group {
                <h3>{ "A new one" }</h3>
                { form(drafts, NEW, &[("provider-autoScalingGroupArn", groups)], &error) }
                if let Some(command) = creation(drafts, group) {
                    { deed(on, "provider", "Create the capacity provider", "create-provider".into(), &command, false) }
                } else {
                    <p class="dim">{ "Name it: the command then stands here." }</p>
                }
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;

    /// A provider of Managed Instances has no group, no reservation, and nothing to set here.
    #[test]
    fn managed_instances_have_no_place_here() {
        let mut lab = opening::fleet();
        let trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ecs.amazonaws.com" } },
        ] });
        let role = json!({ "RoleName": "infrastructure", "AssumeRolePolicyDocument": trust.to_string() });
        lab.apply(Command::Api(ApiCall::new("iam", "CreateRole", role))).unwrap();
        let cluster = lab.world().ecs().clusters().next().unwrap().name.clone();
        let template = json!({
            "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole",
            "networkConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] },
        });
        let managed = json!({
            "infrastructureRoleArn": "arn:aws:iam::123456789012:role/infrastructure", "instanceLaunchTemplate": template,
        });
        let input = json!({ "name": "mi", "cluster": cluster, "managedInstancesProvider": managed });
        lab.apply(Command::ecs("CreateCapacityProvider", input)).unwrap();
        assert_eq!(providers(&lab), Vec::<Value>::new());
        assert_eq!(lab.world().ecs().scalers().count(), 0);
    }

    #[test]
    fn the_form_makes_updates_and_refuses_what_it_shows() {
        let mut lab = opening::fleet();
        assert_eq!(providers(&lab), Vec::<Value>::new());
        let template = json!({ "LaunchTemplateName": "host", "LaunchTemplateData": { "ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.medium" } });
        lab.apply(Command::ec2("CreateLaunchTemplate", template)).unwrap();
        let group = json!({
            "AutoScalingGroupName": "hosts", "MinSize": 0, "MaxSize": 5,
            "LaunchTemplate": { "LaunchTemplateName": "host" }, "AvailabilityZones": ["us-east-1a"],
        });
        lab.apply(Command::Api(ApiCall::new("autoscaling", "CreateAutoScalingGroup", group))).unwrap();
        let arn = lab.world().autoscaling().groups().next().unwrap().arn.clone();
        let mut drafts = Drafts::default();
        assert_eq!(creation(&drafts, &arn), None);
        drafts.texts.set("provider-new", "cp".into());
        drafts.texts.set("provider-targetCapacity", "80".into());
        lab.apply(creation(&drafts, &arn).unwrap()).unwrap();
        let scaling = |lab: &Lab| providers(lab)[0]["autoScalingGroupProvider"]["managedScaling"].clone();
        assert_eq!((&scaling(&lab)["targetCapacity"], &scaling(&lab)["status"]), (&json!(80), &json!("ENABLED")));
        drafts.texts.set("provider-targetCapacity", "60".into());
        drafts.texts.set("provider-instanceWarmupPeriod", "30".into());
        lab.apply(update(&drafts, "cp")).unwrap();
        assert_eq!(
            (&scaling(&lab)["targetCapacity"], &scaling(&lab)["instanceWarmupPeriod"]),
            (&json!(60), &json!(30))
        );
        for (field, text) in [("provider-targetCapacity", "101"), ("provider-minimumScalingStepSize", "many")] {
            let mut wrong = drafts.clone();
            wrong.texts.set(field, text.into());
            let refused = lab.apply(update(&wrong, "cp")).unwrap_err();
            wrong.refused = Some(("provider", refused.clone()));
            assert!(refusal(&wrong, "provider", field).is_some(), "{field}: {refused:?}");
        }
    }
}
