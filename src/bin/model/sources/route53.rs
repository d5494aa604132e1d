//! Amazon Route 53, as far as Cloud Map has it hold private zones.

use crate::Source;

pub const ROUTE53: Source = Source {
    service: "route53",
    first: &[],
    later: &["GetHostedZone", "ListHostedZones", "ListHostedZonesByName", "ListResourceRecordSets"],
    cut: &[
        ("ListHostedZonesRequest", &["Marker", "MaxItems"]),
        ("ListHostedZonesByNameRequest", &["DNSName", "MaxItems"]),
        ("ListHostedZonesByNameResponse", &["DNSName", "HostedZones", "IsTruncated", "MaxItems"]),
        (
            "ListResourceRecordSetsRequest",
            &["HostedZoneId", "MaxItems", "StartRecordIdentifier", "StartRecordName", "StartRecordType"],
        ),
        ("HostedZone", &["CallerReference", "Config", "Id", "LinkedService", "Name", "ResourceRecordSetCount"]),
        (
            "ResourceRecordSet",
            &["MultiValueAnswer", "Name", "ResourceRecords", "SetIdentifier", "TTL", "Type", "Weight"],
        ),
        ("GetHostedZoneResponse", &["HostedZone", "VPCs"]),
    ],
};
