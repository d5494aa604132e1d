//! Application Auto Scaling.

use crate::Source;

pub const APPLICATION_AUTOSCALING: Source = Source {
    service: "application-autoscaling",
    first: &[],
    later: &[
        "DeleteScalingPolicy",
        "DeleteScheduledAction",
        "DeregisterScalableTarget",
        "DescribeScalableTargets",
        "DescribeScalingActivities",
        "DescribeScalingPolicies",
        "DescribeScheduledActions",
        "GetPredictiveScalingForecast",
        "ListTagsForResource",
        "PutScalingPolicy",
        "PutScheduledAction",
        "RegisterScalableTarget",
        "TagResource",
        "UntagResource",
    ],
    cut: &[],
};
