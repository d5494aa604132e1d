use super::*;
use alloc::collections::BTreeSet;

fn input(name: &str) -> Shape {
    operation("ecs", name).unwrap().input
}

#[test]
fn the_committed_tables_are_self_consistent() {
    assert_eq!(
        parts().chain(left()).flat_map(|tables| &tables.faults).count(),
        0,
        "every referred shape exists, every line is read"
    );
    let expected = "ecs ec2 lab application-autoscaling autoscaling cloudwatch codedeploy ecr ecr-public elbv2 iam logs \
                    route53 s3 secretsmanager servicediscovery ssm sts";
    assert_eq!(services().collect::<Vec<_>>().join(" "), expected);
    for service in services() {
        assert!(operations(service).count() + known(service).len() > 0);
        for operation in operations(service) {
            let place = (operation.service, operation.name);
            assert!(matches!(operation.input.kind(), Kind::Structure { .. }), "{place:?}");
            assert!(matches!(operation.output.kind(), Kind::Structure { .. } | Kind::Unsimulated), "{place:?}");
            assert!(!known(service).contains(&operation.name), "{place:?} is simulated");
            if let Some(page) = &operation.paginator {
                let asked = [Some(page.input_token), page.limit_key].into_iter().flatten();
                let answered = page.result_keys.iter().copied().chain([page.output_token]);
                let (asked, answered) =
                    (asked.map(|key| (operation.input, key)), answered.map(|key| (operation.output, key)));
                for (shape, key) in asked.chain(answered) {
                    assert!(shape.at(key).is_some(), "{place:?} pages by {key}");
                }
            }
        }
    }
    for kind in parts().flat_map(|tables| &tables.shapes) {
        match kind {
            Kind::Structure { members, .. } => {
                let names: BTreeSet<_> = members.iter().map(|member| member.name).collect();
                assert_eq!(names.len(), members.len(), "{kind:?}");
            }
            Kind::String { allowed, length, pattern } => {
                assert!(!allowed.contains(&""), "{kind:?}");
                assert!(pattern.as_ref().is_none_or(Pattern::compiles), "{kind:?}");
                assert!(length.min.unwrap_or(0) <= length.max.unwrap_or(i64::MAX), "{kind:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn the_tables_name_their_source_and_its_licence() {
    for text in [include_str!("ecs.txt"), include_str!("ec2.txt")] {
        let first = text.lines().next().unwrap();
        assert!(first.contains("botocore 1.") && first.contains("Apache-2.0"), "{first}");
        assert!(text.len() < 45_000);
        assert!(!text.contains("\n\n"), "an empty line stands between the tables that the page fetches");
    }
}

/// Every member of an answer that is kept by name alone has its shape in the tables of what is left out, and there whole.
#[test]
fn what_answers_leave_out_is_known_for_skeletons() {
    fn walk(service: &str, shape: Shape, above: &mut Vec<Shape>, seen: &mut usize) {
        if above.contains(&shape) {
            return;
        }
        above.push(shape);
        match shape.kind() {
            Kind::List { item, .. } => walk(service, *item, above, seen),
            Kind::Map { value, .. } => walk(service, *value, above, seen),
            Kind::Unsimulated => panic!("{service}: a shape below {above:?} is not known"),
            _ => {}
        }
        for member in shape.members() {
            let own = match member.shape.kind() {
                Kind::Unsimulated => {
                    *seen += 1;
                    let own = left_out(service, shape.name(), member.name);
                    own.unwrap_or_else(|| panic!("{service}: {} of {}", member.name, shape.name()))
                }
                _ => member.shape,
            };
            walk(service, own, above, seen);
        }
        above.pop();
    }
    let mut seen = 0;
    // The command line has no command for a call of S3, and so no skeleton of its answer.
    for service in services().filter(|service| *service != "s3") {
        for operation in operations(service) {
            walk(service, operation.output, &mut Vec::new(), &mut seen);
        }
    }
    assert!(seen > 400, "{seen}");
    assert_eq!(left_out("ec2", "Instance", "InstanceId"), None, "it is kept");
    assert_eq!(left_out("ecs", "Instance", "Platform"), None, "another service's");
}

/// `lab::needs_later` looks for them by name.
#[test]
fn of_the_first_tables_only_tags_have_patterns() {
    fn walk(shape: Shape, path: &[&'static str]) {
        match shape.kind() {
            Kind::String { pattern: Some(_), .. } => assert!(path.contains(&"tags"), "{path:?}"),
            Kind::List { item, .. } => walk(*item, path),
            _ => {}
        }
        for member in shape.members().iter().filter(|_| path.len() < 8) {
            walk(member.shape, &[path, &[member.name]].concat());
        }
    }
    let first = services().flat_map(operations).filter(|operation| in_first_part(operation.service, operation.name));
    let names = first.map(|operation| walk(operation.input, &[]));
    assert!(names.count() > 10);
}

#[test]
fn an_operation_is_simulated_known_or_unknown() {
    for (service, name, simulated, knows_it) in [
        ("ecs", "RunTask", true, true),
        ("ecs", "CreateService", true, true),
        ("ecs", "ExecuteCommand", true, true),
        ("ecs", "SubmitTaskStateChange", false, true),
        ("ecs", "RunTsk", false, false),
        ("ecs", "", false, false),
        ("ec2", "RunInstances", true, true),
        ("ec2", "CreateVolume", false, true),
        ("iam", "GetUser", true, true),
        ("iam", "EnableMFADevice", false, true),
        ("s3", "PutObject", true, true),
        ("s3", "PutBucketPolicy", false, true),
        ("sqs", "SendMessage", false, false),
    ] {
        assert_eq!(operation(service, name).is_some(), simulated, "{service} {name}");
        assert_eq!(knows(service, name), knows_it, "{service} {name}");
    }
    assert_eq!(operations("ecs").count() + known("ecs").len(), 88);
}

#[test]
fn read_only_follows_the_name() {
    let mut changing: Vec<_> = operations("ecs").filter(|operation| !operation.read_only()).map(|o| o.name).collect();
    changing.sort_unstable();
    let expected = "ContinueServiceDeployment CreateCapacityProvider CreateCluster CreateService CreateTaskSet DeleteAccountSetting DeleteAttributes \
                    DeleteCapacityProvider DeleteCluster DeleteService DeleteTaskDefinitions DeleteTaskSet \
                    DeregisterContainerInstance DeregisterTaskDefinition ExecuteCommand PutAccountSetting PutAccountSettingDefault \
                    PutAttributes PutClusterCapacityProviders RegisterContainerInstance RegisterTaskDefinition \
                    RunTask StartTask StopServiceDeployment StopTask TagResource UntagResource \
                    UpdateCapacityProvider UpdateCluster UpdateClusterSettings UpdateContainerAgent \
                    UpdateContainerInstancesState UpdateService UpdateServicePrimaryTaskSet UpdateTaskProtection UpdateTaskSet";
    assert_eq!(changing.join(" "), expected);
}

#[test]
fn members_stand_in_the_models_order_with_their_marks() {
    let names: Vec<_> = input("RegisterTaskDefinition").members().iter().map(|member| member.name).collect();
    assert_eq!(names[..4], ["family", "taskRoleArn", "executionRoleArn", "networkMode"]);
    let marked = |pick: fn(&Member) -> bool| {
        let of = input("RegisterTaskDefinition").members().iter().chain(input("RunTask").members());
        of.filter(|member| pick(member)).map(|member| member.name).collect::<Vec<_>>()
    };
    assert_eq!(marked(|member| member.required), ["family", "containerDefinitions", "taskDefinition"]);
    assert_eq!(marked(|member| member.idempotency_token), ["clientToken"]);
    assert_eq!(marked(|member| member.deprecated), ["inferenceAccelerators"]);
}

#[test]
fn a_path_leads_to_a_shape() {
    let register = input("RegisterTaskDefinition");
    for path in ["containerDefinitions[3].memory", "containerDefinitions[].cpu", "volumes[0].configuredAtLaunch"] {
        assert!(register.at(path).is_some(), "{path}");
    }
    assert!(matches!(register.at("containerDefinitions[0].dockerLabels.team").unwrap().kind(), Kind::String { .. }));
    for path in ["memroy", "containerDefinitions.memory", "family[0]", "family.x", "containerDefinitions[0][0]"] {
        assert_eq!(register.at(path), None, "{path}");
    }
    assert_eq!(register.at(""), Some(register));
    assert_eq!(register.enum_values("networkMode"), ["bridge", "host", "awsvpc", "none"]);
    assert_eq!(register.enum_values("requiresCompatibilities"), ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]);
    assert_eq!(register.enum_values("containerDefinitions[0].portMappings[0].protocol"), ["tcp", "udp"]);
    assert_eq!(register.enum_values("family"), [""; 0]);
}

#[test]
fn limits_hold_both_ends() {
    let weight = input("RunTask").at("capacityProviderStrategy[0].weight").unwrap();
    let Kind::Integer(bounds) = weight.kind() else { panic!("{weight:?}") };
    let held: Vec<_> = [-1, 0, 1000, 1001].into_iter().filter(|n| bounds.hold(*n)).collect();
    assert_eq!(held, [0, 1000]);
}
