//! Amazon CloudWatch Logs.

use crate::Source;

pub const LOGS: Source = Source {
    service: "logs",
    first: &[],
    later: &[
        "CreateLogGroup",
        "CreateLogStream",
        "DeleteLogGroup",
        "DeleteRetentionPolicy",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "FilterLogEvents",
        "GetLogEvents",
        "PutLogEvents",
        "PutRetentionPolicy",
    ],
    cut: &[
        ("CreateLogGroupRequest", &["deletionProtectionEnabled", "kmsKeyId", "logGroupClass", "logGroupName"]),
        (
            "DescribeLogGroupsRequest",
            &[
                "limit",
                "logGroupClass",
                "logGroupIdentifiers",
                "logGroupNamePattern",
                "logGroupNamePrefix",
                "nextToken",
            ],
        ),
        ("PutLogEventsRequest", &["logEvents", "logGroupName", "logStreamName", "sequenceToken"]),
        ("PutLogEventsResponse", &["nextSequenceToken", "rejectedLogEventsInfo"]),
    ],
};
