//! AWS Systems Manager: the public parameters that name images, and those that somebody puts.

use crate::Source;

pub const SSM: Source = Source {
    service: "ssm",
    first: &[],
    later: &["DeleteParameter", "GetParameter", "GetParameters", "GetParametersByPath", "PutParameter"],
    cut: &[
        ("GetParametersByPathRequest", &["MaxResults", "NextToken", "Path", "Recursive", "WithDecryption"]),
        ("PutParameterRequest", &["Description", "KeyId", "Name", "Overwrite", "Type", "Value"]),
        ("Parameter", &["ARN", "DataType", "LastModifiedDate", "Name", "Type", "Value", "Version"]),
    ],
};
