//! Amazon EC2.

use crate::Source;

pub const EC2: Source = Source {
    service: "ec2",
    first: &["DescribeInstances", "RunInstances", "StartInstances", "StopInstances", "TerminateInstances"],
    later: &[
        "CreateLaunchTemplate",
        "CreateLaunchTemplateVersion",
        "DeleteLaunchTemplate",
        "DescribeLaunchTemplateVersions",
        "DescribeLaunchTemplates",
    ],
    cut: &[
        ("DescribeInstancesRequest", &["InstanceIds", "MaxResults", "NextToken"]),
        (
            "Instance",
            &[
                "Architecture",
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
        ("CreateLaunchTemplateRequest", &["LaunchTemplateData", "LaunchTemplateName"]),
        (
            "CreateLaunchTemplateVersionRequest",
            &["LaunchTemplateData", "LaunchTemplateId", "LaunchTemplateName", "SourceVersion"],
        ),
        ("DeleteLaunchTemplateRequest", &["LaunchTemplateId", "LaunchTemplateName"]),
        ("DescribeLaunchTemplatesRequest", &["LaunchTemplateIds", "LaunchTemplateNames"]),
        ("DescribeLaunchTemplateVersionsRequest", &["LaunchTemplateId", "LaunchTemplateName", "Versions"]),
        (
            "LaunchTemplate",
            &["CreateTime", "DefaultVersionNumber", "LatestVersionNumber", "LaunchTemplateId", "LaunchTemplateName"],
        ),
        (
            "LaunchTemplateVersion",
            &[
                "CreateTime",
                "DefaultVersion",
                "LaunchTemplateData",
                "LaunchTemplateId",
                "LaunchTemplateName",
                "VersionNumber",
            ],
        ),
        (
            "RequestLaunchTemplateData",
            &["IamInstanceProfile", "ImageId", "InstanceType", "SecurityGroupIds", "TagSpecifications", "UserData"],
        ),
        (
            "ResponseLaunchTemplateData",
            &["IamInstanceProfile", "ImageId", "InstanceType", "SecurityGroupIds", "TagSpecifications", "UserData"],
        ),
        ("StartInstancesRequest", &["InstanceIds"]),
        ("StopInstancesRequest", &["InstanceIds"]),
        ("TerminateInstancesRequest", &["InstanceIds"]),
    ],
};
