//! AWS Systems Manager: the public parameters that name images.

use crate::Source;

pub const SSM: Source = Source {
    service: "ssm",
    first: &[],
    later: &["GetParameter", "GetParameters", "GetParametersByPath"],
    cut: &[
        ("GetParametersByPathRequest", &["MaxResults", "NextToken", "Path", "Recursive", "WithDecryption"]),
        ("Parameter", &["ARN", "DataType", "LastModifiedDate", "Name", "Type", "Value", "Version"]),
    ],
};
