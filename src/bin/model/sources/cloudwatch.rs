//! Amazon CloudWatch.

use crate::Source;

pub const CLOUDWATCH: Source = Source {
    service: "cloudwatch",
    first: &[],
    later: &[
        "DeleteAlarms",
        "DescribeAlarmHistory",
        "DescribeAlarms",
        "DescribeAlarmsForMetric",
        "DisableAlarmActions",
        "EnableAlarmActions",
        "GetMetricData",
        "GetMetricStatistics",
        "ListMetrics",
        "PutMetricAlarm",
        "PutMetricData",
        "SetAlarmState",
    ],
    cut: &[],
};
