//! AWS Cloud Map.

use crate::Source;

/// What a summary in a list has too.
const NAMESPACE: &[&str] =
    &["Arn", "CreateDate", "Description", "Id", "Name", "Properties", "ResourceOwner", "ServiceCount", "Type"];
const SERVICE: &[&str] = &[
    "Arn",
    "CreateDate",
    "Description",
    "DnsConfig",
    "HealthCheckCustomConfig",
    "Id",
    "InstanceCount",
    "Name",
    "ResourceOwner",
    "Type",
];

pub const SERVICEDISCOVERY: Source = Source {
    service: "servicediscovery",
    first: &[],
    later: &[
        "CreateHttpNamespace",
        "CreatePrivateDnsNamespace",
        "CreateService",
        "DeleteNamespace",
        "DeleteService",
        "DeregisterInstance",
        "DiscoverInstances",
        "GetInstance",
        "GetInstancesHealthStatus",
        "GetNamespace",
        "GetOperation",
        "GetService",
        "ListInstances",
        "ListNamespaces",
        "ListOperations",
        "ListServices",
        "ListTagsForResource",
        "RegisterInstance",
        "TagResource",
        "UntagResource",
        "UpdateInstanceCustomHealthStatus",
    ],
    cut: &[
        ("CreateHttpNamespaceRequest", &["CreatorRequestId", "Description", "Name", "Tags"]),
        ("CreatePrivateDnsNamespaceRequest", &["CreatorRequestId", "Description", "Name", "Tags", "Vpc"]),
        (
            "CreateServiceRequest",
            &[
                "CreatorRequestId",
                "Description",
                "DnsConfig",
                "HealthCheckCustomConfig",
                "Name",
                "NamespaceId",
                "Tags",
                "Type",
            ],
        ),
        (
            "DiscoverInstancesRequest",
            &["HealthStatus", "MaxResults", "NamespaceName", "QueryParameters", "ServiceName"],
        ),
        ("DiscoverInstancesResponse", &["Instances"]),
        ("GetOperationRequest", &["OperationId"]),
        ("GetInstanceResponse", &["Instance"]),
        ("Instance", &["Attributes", "CreatorRequestId", "Id"]),
        ("InstanceSummary", &["Attributes", "Id"]),
        ("ListInstancesResponse", &["Instances", "NextToken"]),
        ("Namespace", NAMESPACE),
        ("NamespaceSummary", NAMESPACE),
        ("Operation", &["CreateDate", "Id", "Status", "Targets", "Type", "UpdateDate"]),
        (
            "Service",
            &[
                "Arn",
                "CreateDate",
                "Description",
                "DnsConfig",
                "HealthCheckCustomConfig",
                "Id",
                "InstanceCount",
                "Name",
                "NamespaceId",
                "ResourceOwner",
                "Type",
            ],
        ),
        ("ServiceSummary", SERVICE),
    ],
};
