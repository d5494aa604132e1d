//! Amazon EC2.

use crate::Source;

pub const EC2: Source = Source {
    service: "ec2",
    first: &["DescribeInstances", "RunInstances", "StartInstances", "StopInstances", "TerminateInstances"],
    later: &[],
    cut: &[
        ("DescribeInstancesRequest", &["InstanceIds", "MaxResults", "NextToken"]),
        (
            "Instance",
            &[
                "IamInstanceProfile",
                "ImageId",
                "InstanceId",
                "InstanceType",
                "LaunchTime",
                "Placement",
                "PrivateDnsName",
                "PrivateIpAddress",
                "SecurityGroups",
                "State",
                "StateReason",
                "StateTransitionReason",
                "SubnetId",
                "Tags",
                "VpcId",
            ],
        ),
        ("Placement", &["AvailabilityZone"]),
        (
            "RunInstancesRequest",
            &[
                "IamInstanceProfile",
                "ImageId",
                "InstanceType",
                "MaxCount",
                "MinCount",
                "Placement",
                "SecurityGroupIds",
                "SubnetId",
                "TagSpecifications",
                "UserData",
            ],
        ),
        ("StartInstancesRequest", &["InstanceIds"]),
        ("StopInstancesRequest", &["InstanceIds"]),
        ("TerminateInstancesRequest", &["InstanceIds"]),
    ],
};
