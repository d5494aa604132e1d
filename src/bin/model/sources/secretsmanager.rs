//! AWS Secrets Manager.

use crate::Source;

pub const SECRETSMANAGER: Source = Source {
    service: "secretsmanager",
    first: &[],
    later: &["CreateSecret", "DeleteSecret", "DescribeSecret", "GetSecretValue", "ListSecrets", "PutSecretValue"],
    cut: &[
        ("CreateSecretRequest", &["ClientRequestToken", "Description", "Name", "SecretString"]),
        ("CreateSecretResponse", &["ARN", "Name", "VersionId"]),
        ("DeleteSecretRequest", &["ForceDeleteWithoutRecovery", "RecoveryWindowInDays", "SecretId"]),
        (
            "DescribeSecretResponse",
            &["ARN", "CreatedDate", "DeletedDate", "Description", "LastChangedDate", "Name", "VersionIdsToStages"],
        ),
        ("GetSecretValueRequest", &["SecretId", "VersionId", "VersionStage"]),
        ("GetSecretValueResponse", &["ARN", "CreatedDate", "Name", "SecretString", "VersionId", "VersionStages"]),
        ("ListSecretsRequest", &["MaxResults", "NextToken"]),
        (
            "SecretListEntry",
            &["ARN", "CreatedDate", "DeletedDate", "Description", "LastChangedDate", "Name", "SecretVersionsToStages"],
        ),
        ("PutSecretValueRequest", &["ClientRequestToken", "SecretId", "SecretString"]),
        ("PutSecretValueResponse", &["ARN", "Name", "VersionId", "VersionStages"]),
    ],
};
