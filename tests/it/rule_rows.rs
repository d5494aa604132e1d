//! The rows of ecs.md 6, 7 and 8 that have no number of their own: each is proven by a test, which holds the words that
//! stand beside it here, or its row stands in the table of what is not simulated. Numbered rules: [`super::rule_ids`]; the
//! permissions of 7.2 too.

use super::tidy;
use ecs_lab::lab::choices;

/// What a row says, and words of the test that proves it: a text of AWS, a number, or the test's name.
const TESTED: &[(&str, &str)] = &[
    ("6.3 table", "rl_01_rl_02_rl_05_rl_06_the_table_of_rollouts"),
    ("6.3 round trace", "rl_03_rl_06_the_round_trace_of_four_tasks_at_50_100"),
    ("6.4 thresholds", "cb_02_cb_03_thresholds_by_desired_count"),
    ("6.6 grace period, worked", "grace_6_6_an_application_that_boots_in_90_s"),
    ("6.6 range", "healthCheckGracePeriodSeconds should be between 0 and"),
    ("6.7 ECS", "bg_01_headless_services_deploy_without_traffic"),
    (
        "6.7 CODE_DEPLOY without load balancer",
        "the service requires an Application Load Balancer or Network Load Balancer",
    ),
    (
        "6.7 CODE_DEPLOY, task definition",
        "Unable to update task definition on services with a CODE_DEPLOY deployment controller",
    ),
    ("6.7 CODE_DEPLOY, force", "Cannot force a new deployment on services with a CODE_DEPLOY deployment controller"),
    ("6.7 EXTERNAL", "TaskDefinition must be blank"),
    ("6.7 timelines of LINEAR and CANARY", "bg_05_linear_and_canary_timelines"),
    ("6.7 task sets, 40 % of 3", "cdp_05_computed_counts_are_rounded_up"),
    ("6.11 clusters", "fn quota_6_11_of_clusters"),
    ("6.11 container instances", "fn quota_6_11_of_container_instances"),
    ("6.11 services", "fn quota_6_11_of_services"),
    ("6.11 services of a namespace", "fn quota_6_11_of_services_in_a_namespace"),
    ("6.11 tasks of a service", "desiredCount can be at most 5000."),
    ("6.11 containers of a definition", "A task definition has at most 10 containers"),
    ("6.11 size of a definition", "Max allowed length is '65536' bytes."),
    ("6.11 target groups", "at most 5"),
    ("6.11 security groups and subnets", "subnets can have at most 16"),
    ("6.11 tasks of RunTask", "count should be between 1 and 10."),
    ("6.11 capacity providers", "The maximum number of capacity providers per cluster has been exceeded."),
    ("6.11 PROVISIONING", "tasks provisioning capacity limit was exceeded."),
    ("6.11 tags", "tags_3_2_tag_resource_refuses"),
    ("6.11 override", "Overrides length must be at most 8192."),
    ("6.12 minutes", "expiresInMinutes should be between 1 and 2880."),
    ("6.12 service tasks only", "TASK_NOT_VALID"),
    ("6.12 deployment blocked", "DEPLOYMENT_BLOCKED"),
    ("6.12 against what", "si_04_protection_6_12_holds_against_scale_in_and_deployments_until_it_is_over"),
    ("6.13 matrix", "[\"exits\", \"host dies\", \"StopTask\", \"Spot\", \"retirement\", \"unhealthy\", \"draining\"]"),
    ("6.14 steady", "(service web) has reached a steady state."),
    ("6.14 noplace", "was unable to place a task because no container instance met all of its requirements."),
    ("6.14 noplace+cpu", "has insufficient CPU units available."),
    ("6.14 noplace+mem", "has insufficient memory available."),
    ("6.14 noplace+port", "is already using a port required by your task."),
    ("6.14 noplace+agent", "encountered error \\\"AGENT\\\"."),
    ("6.14 noplace+none", "Reason: No Container Instances were found in your cluster."),
    ("6.14 noplace cp", "No Container Instances were found in your capacity provider."),
    ("6.14 throttle", "is unable to consistently start tasks successfully."),
    ("6.14 deadlock", "was unable to stop or start tasks during a deployment"),
    ("6.14 fargate cap", "Reason: Capacity is unavailable at this time. Please try again later"),
    ("6.14 protected", "was unable to scale in due to (reason 2 tasks under protection)"),
    ("6.14 deploy failed", "deployment failed: tasks failed to start."),
    ("6.14 tg gone, group", "is not healthy in target-group (TG) due to TARGET GROUP IS NOT FOUND."),
    ("6.14 tg gone, target", "is not healthy in target-group (TG) due to TARGET IS NOT FOUND."),
    ("6.14 prov limit", "because the tasks provisioning capacity limit was exceeded."),
    (
        "6.14 iam1",
        "IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service",
    ),
    (
        "6.14 iam2",
        "IAM trust relationship has been misconfigured or changed, and ECS can no longer maintain your service",
    ),
    ("6.14 AZ", "is not AZ balanced with 3 tasks in a, 3 tasks in b, and 0 tasks in c. AZ Rebalancing in progress."),
    ("6.14 registered", "registered 3 targets in (target-group TG)"),
    ("6.14 deregistered", "deregistered 1 targets in (target-group TG)"),
    ("6.14 draining connections", "has begun draining connections on 1 tasks."),
    ("6.14 started", "has started 3 tasks: (task T) (task T) (task T)."),
    ("6.14 replaced", "Amazon ECS replaced 1 tasks due to an unhealthy status."),
    ("6.14 stopped", "has stopped 1 running tasks: (task T)."),
    ("6.14 stopped pending", "stopped 1 pending tasks."),
    (
        "6.14 unhealthy on Fargate",
        "is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [503]).",
    ),
    (
        "6.14 unhealthy on EC2",
        "(service web) (task T) (instance I) (port 32768) is unhealthy in (target-group TG) due to (reason",
    ),
    ("6.14 unhealthy of a task set", "(service web, taskSet D) (task T) (instance i-"),
    ("6.14 timed out", "(reason Request timed out)"),
    ("6.14 completed", "(service web) (deployment D) deployment completed."),
    ("6.14 rolling back", "rolling back to deployment D"),
    ("6.14 no role", "failed to launch a task with (error ECS was unable to assume the role"),
    ("6.14 closest instance", "pl_45_failures_are_ordered_by_arn_and_6_14_finds_the_closest"),
    ("6.15 inactive definition", "TaskDefinition is inactive"),
    ("6.15 launch type", "Task definition does not support launch_type FARGATE."),
    ("6.15 role that cannot be assumed", "ECS was unable to assume the role"),
    ("6.15 PassRole", "iam:PassRole"),
    ("6.15 termination protection", "must have instance protection"),
    ("6.15 unknown cluster", "Cluster not found."),
    ("6.15 no tasks", "Tasks cannot be empty."),
    ("6.15 no container instances", "Container Instances cannot be empty."),
    (
        "6.15 frame of the CLI",
        "An error occurred (ClusterNotFoundException) when calling the DescribeTasks operation: Cluster not found.",
    ),
    (
        "7.1 container instance role",
        "7.1: without an execution role it is the instance's role that pulls and logs on EC2.",
    ),
    (
        "7.1 task execution role",
        "reference 4.6: each thing that the execution role fetches, on Fargate and on an instance",
    ),
    ("7.1 infrastructure role", "bg_01_7_2_the_infrastructure_role_must_be_allowed_to_change_the_rules"),
    ("7.1 service-linked role", "AWSServiceRoleForECS"),
    ("7.1 service role", "iam1_iam2_6_14_a_service_without_its_role_is_not_maintained"),
    ("7.1 CodeDeploy role", "cdp_02_7_1_its_role_must_be_allowed_to"),
    ("7.1 Application Auto Scaling", "AWSServiceRoleForApplicationAutoScaling_ECSService"),
    ("7.2 ECS_ENABLE_TASK_IAM_ROLE", "com.amazonaws.ecs.capability.task-iam-role"),
    ("7.2 trust policy", "6.15: ECS has to be able to assume the role"),
    ("7.2 B/G", "TEST_TRAFFIC_SHIFT lifecycle hook(s) failed."),
    ("8.1 what is registered", "ext_8_1_what_an_external_instance_registers"),
    ("8.1 placement and launch types", "ext_8_1_launch_types_keep_apart"),
    ("8.1 no load balancer", "Load balancers are not supported with the launch type EXTERNAL."),
    ("8.1 no service discovery", "Service discovery is not supported with the launch type EXTERNAL."),
    ("8.1 no Service Connect", "Service Connect is not supported with the launch type EXTERNAL."),
    ("8.1 no awsvpc", "Task definition does not support launch_type EXTERNAL."),
    ("8.1 no UpdateContainerAgent", "UpdateContainerAgent is for Linux container instances in EC2 alone."),
    ("8.1 unreachable control plane", "ci_27_an_agent_disconnects_and_reconnects"),
    ("8.2 families", "AT-08, 8.2: where a definition of each platform goes"),
    ("8.2 port 80", "with port 80 for the roles' credentials (8.2)"),
    ("8.2 awsvpc and trunks", "pt_03_en_05_what_windows_registers"),
    ("8.2 network mode", "Windows tasks use networkMode awsvpc, or the default when it is omitted."),
    ("8.2 task level", "Windows ignores the task level"),
    ("8.3 FARGATE_SPOT, no fallback", "cp_06_table_2_5_fargate_spot"),
    ("8.3 reclaim", "a_fargate_spot_task_is_reclaimed"),
    ("8.3 load balancer first", "spot_8_3_a_reclaimed_task_leaves_its_load_balancer_first"),
    ("8.3 retirement", "a_task_on_fargate_is_retired"),
    ("8.3 settings", "fargateTaskRetirementWaitPeriod"),
    ("7.1, 7.2 role of EventBridge", "events_7_2_a_firing_that_starts_nothing_shows_in_the_metrics_alone"),
    ("8.4 scheduled tasks", "events_8_4_a_target_runs_tasks_as_its_parameters_say"),
    ("8.5 reservation and utilization of a cluster", "(\"MemoryReservation\", Some(60.37))"),
    ("8.5 GPUReservation", "\"GPUReservation\", \"cluster\"), Some(25.0)"),
    ("8.6 ECS Exec", "exec_8_6_needs_a_task_role_on_fargate"),
];

/// What a row says, and its rule in the table of what is not simulated.
const ABSENT: &[(&str, &str)] = &[
    ("6.7 another controller", "6.7 changes"),
    ("6.11 Fargate vCPUs and launches, launch rate, rates of calls", "6.11"),
    ("6.11 Classic Load Balancer", "6.8 Classic"),
    ("6.11 sessions of ECS Exec", "CD-28"),
    ("6.12 endpoint in the container", "6.12 endpoint"),
    ("6.14 api-throttle", "TH-05"),
    ("6.14 fargate limit, fargate cfg", "6.14 fargate limit, fargate cfg"),
    ("6.14 launch fail, agent slow", "6.14 launch fail, agent slow"),
    ("6.14 elb unhealthy", "6.8 Classic"),
    ("6.14 names of EventBridge", "6.14 EventBridge"),
    ("7.1 task role", "7.1"),
    ("7.1 ECS Anywhere role", "8.1 activation"),
    ("7.1, 7.2 service-linked role, ssmmessages", "7.2"),
    ("7.2 the application without its permission or its role", "7.1"),
    ("8.1 activation, credentials, endpoints", "8.1 activation"),
    ("8.4 EventBridge Scheduler", "8.4"),
    ("8.5 EBSFilesystemUtilization, LiveTaskCount, Service Connect", "LC-10"),
    ("8.5 tmpfs and sharedMemorySize", "8.5 reserved"),
    ("8.6 X-Ray", "8.6 X-Ray"),
    ("8.6 ECS Exec", "CD-28"),
];

/// Every row has a test that holds its words, or stands under its rule in the table of what is not simulated.
pub fn hold(tested: &[(&str, &str)], not_simulated: &[(&str, &str)]) {
    let sources = tidy::sources().into_iter().filter(|(path, _)| !path.contains("rule_rows"));
    let tests: String = sources
        .filter_map(|(path, text)| {
            let whole = path.starts_with("tests/") || path.contains("/tests");
            let from = if whole { Some(0) } else { text.find("#[cfg(test)]") };
            from.map(|from| text[from..].to_string())
        })
        .chain([include_str!("../endpoint/test_life.py").to_string()])
        .collect();
    for (row, words) in tested {
        assert!(tests.contains(*words), "{row}: no test has: {words}");
    }
    let absent = choices::read(include_str!("../../src/lab/choices.txt"))[1].clone();
    for (row, rule) in not_simulated {
        assert!(absent.iter().any(|own| own.rule == *rule), "{row}: {rule} is not in the table");
    }
}

#[test]
fn each_row_of_services_roles_and_related_topics_is_tested_or_said_not_to_be_simulated() {
    hold(TESTED, ABSENT);
}

/// Each section of 6.3 to 8.6 that has rows without a number is among them.
#[test]
fn no_section_is_left_out() {
    for section in [
        "6.3", "6.4", "6.6", "6.7", "6.11", "6.12", "6.13", "6.14", "6.15", "7.1", "7.2", "8.1", "8.2", "8.3", "8.4",
        "8.5", "8.6",
    ] {
        let mut all = TESTED.iter().chain(ABSENT).map(|(row, _)| row.split(' ').next().unwrap_or_default());
        assert!(all.any(|own| own == section), "{section}");
    }
}
