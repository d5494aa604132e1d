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
        (
            "PutRuleRequest",
            &["Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State"],
        ),
        (
            "DescribeRuleResponse",
            &["Arn", "CreatedBy", "Description", "EventBusName", "Name", "RoleArn", "ScheduleExpression", "State"],
        ),
        ("Rule", &["Arn", "Description", "EventBusName", "Name", "RoleArn", "ScheduleExpression", "State"]),
        ("Target", &["Arn", "EcsParameters", "Id", "Input", "RoleArn"]),
    ],
};
