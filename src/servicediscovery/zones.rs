//! The hosted zones of private namespaces, as Route 53 shows them.
//!
//! The answers have no pages: a zone shows all of its records at once.

use super::{Namespace, Record, ServiceDiscovery, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use alloc::format;
use alloc::vec::Vec;
use serde_json::Value;

/// The name servers of every private zone, which answer nobody else.
const SERVERS: [&str; 4] =
    ["ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."];
/// The names with which a zone begins: NS and SOA.
const OWN: usize = 2;
/// As many as Route 53 lists at once.
const PAGE: &str = "300";

/// A call of Route 53; all of them only look. Errors: NoSuchHostedZone.
pub fn read(room: &ServiceDiscovery, account: &Account, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetHostedZone" => {
            let own = zone(room, input, "Id")?;
            let (_, vpc) = own.zone.clone().unwrap_or_default();
            let vpc = object!({ "VPCRegion": account.region.as_str(), "VPCId": vpc });
            Ok(object!({ "HostedZone": description(room, account, own), "VPCs": alloc::vec![vpc] }))
        }
        "ListHostedZones" => {
            let mut answer = listed("HostedZones", room.private().map(|own| description(room, account, own)).collect());
            answer["Marker"] = text(input, "Marker").into();
            Ok(answer)
        }
        "ListHostedZonesByName" => {
            let from = text(input, "DNSName").trim_end_matches('.');
            let mut all: Vec<&Namespace> = room.private().filter(|own| own.name.as_str() >= from).collect();
            crate::sim::order::sort_by(&mut all, |one, other| one.name.cmp(&other.name));
            let mut answer =
                listed("HostedZones", all.into_iter().map(|own| description(room, account, own)).collect());
            if !from.is_empty() {
                answer["DNSName"] = input["DNSName"].clone();
            }
            Ok(answer)
        }
        "ListResourceRecordSets" => {
            let own = zone(room, input, "HostedZoneId")?;
            let name = format!("{}.", own.name);
            let servers: Vec<Value> = SERVERS.iter().map(|own| object!({ "Value": *own })).collect();
            let start = "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";
            let mut all = alloc::vec![
                object!({ "Name": name.clone(), "Type": "NS", "TTL": 172_800, "ResourceRecords": servers }),
                object!({
                    "Name": name,
                    "Type": "SOA",
                    "TTL": 15,
                    "ResourceRecords": alloc::vec![object!({ "Value": start })],
                }),
            ];
            all.extend(room.records(own).iter().map(set));
            Ok(listed("ResourceRecordSets", all))
        }
        _ => Err(ApiError::not_simulated(operation)),
    }
}

fn listed(member: &str, all: Vec<Value>) -> Value {
    let mut answer = object!({ "IsTruncated": false, "MaxItems": PAGE });
    answer[member] = Value::Array(all);
    answer
}

/// The namespace of a zone's id, with or without the path in front of it.
fn zone<'a>(room: &'a ServiceDiscovery, input: &Value, member: &'static str) -> Result<&'a Namespace, ApiError> {
    let id = text(input, member).rsplit('/').next().unwrap_or_default();
    let found = room.private().find(|own| own.zone.as_ref().is_some_and(|(own, _)| own == id));
    found.ok_or_else(|| ApiError::new("NoSuchHostedZone", format!("No hosted zone found with ID: {id}")).at(member))
}

fn description(room: &ServiceDiscovery, account: &Account, own: &Namespace) -> Value {
    let (id, _) = own.zone.clone().unwrap_or_default();
    let token = Some(own.token.clone()).filter(|token| !token.is_empty()).unwrap_or_else(|| own.id());
    object!({
        "Id": format!("/hostedzone/{id}"),
        "Name": format!("{}.", own.name),
        "CallerReference": token,
        "Config": object!({ "Comment": own.description.as_str().unwrap_or_default(), "PrivateZone": true }),
        "ResourceRecordSetCount": OWN + room.records(own).len(),
        "LinkedService": object!({
            "ServicePrincipal": "servicediscovery.amazonaws.com",
            "Description": account.namespace(own.number),
        }),
    })
}

/// Each instance has a record set of its own.
fn set(own: &Record) -> Value {
    let mut value = object!({ "Name": own.name.as_str(), "Type": own.kind.as_str() });
    if let Some(instance) = &own.instance {
        value["SetIdentifier"] = instance.as_str().into();
        if own.weighted {
            value["Weight"] = 1.into();
        } else {
            value["MultiValueAnswer"] = true.into();
        }
    }
    value["TTL"] = own.ttl.into();
    value["ResourceRecords"] = alloc::vec![object!({ "Value": own.value.as_str() })].into();
    value
}
