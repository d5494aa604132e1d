//! AWS Systems Manager: the public parameters that name images, those that somebody puts, and the activations of machines
//! outside of AWS.

use crate::Source;

pub const SSM: Source = Source {
    service: "ssm",
    first: &[],
    later: &[
        "CreateActivation",
        "DeleteActivation",
        "DeleteParameter",
        "DeregisterManagedInstance",
        "DescribeActivations",
        "DescribeInstanceInformation",
        "GetParameter",
        "GetParameters",
        "GetParametersByPath",
        "PutParameter",
    ],
    cut: &[
        (
            "CreateActivationRequest",
            &["DefaultInstanceName", "Description", "ExpirationDate", "IamRole", "RegistrationLimit", "Tags"],
        ),
        ("DescribeInstanceInformationRequest", &["MaxResults", "NextToken"]),
        (
            "InstanceInformation",
            &[
                "ActivationId",
                "IamRole",
                "InstanceId",
                "LastPingDateTime",
                "Name",
                "PingStatus",
                "PlatformType",
                "RegistrationDate",
                "ResourceType",
            ],
        ),
        ("GetParametersByPathRequest", &["MaxResults", "NextToken", "Path", "Recursive", "WithDecryption"]),
        ("PutParameterRequest", &["Description", "KeyId", "Name", "Overwrite", "Type", "Value"]),
        ("Parameter", &["ARN", "DataType", "LastModifiedDate", "Name", "Type", "Value", "Version"]),
    ],
};
