//! Amazon EventBridge: rules with a schedule, and targets that start tasks.

use crate::Source;

pub const EVENTS: Source = Source {
    service: "events",
    first: &[],
    later: &[
        "DeleteRule",
        "DescribeRule",
        "DisableRule",
        "EnableRule",
        "ListRuleNamesByTarget",
        "ListRules",
        "ListTargetsByRule",
        "PutRule",
        "PutTargets",
        "RemoveTargets",
    ],
    cut: &[
        ("PutRuleRequest", &["Description", "EventBusName", "EventPattern", "Name", "ScheduleExpression", "State"]),
        (
            "DescribeRuleResponse",
            &["Arn", "CreatedBy", "Description", "EventBusName", "Name", "ScheduleExpression", "State"],
        ),
        ("Rule", &["Arn", "Description", "EventBusName", "Name", "ScheduleExpression", "State"]),
        ("Target", &["Arn", "EcsParameters", "Id", "Input", "RoleArn"]),
    ],
};
