//! The instance metadata service, as an instance and the containers on it ask it: of version 2 with a token, of version 1
//! without.
//!
//! | who asks | what it takes |
//! |---|---|
//! | the instance, a container in host mode | nothing |
//! | a container in awsvpc mode | that `ECS_AWSVPC_BLOCK_IMDS` is off |
//! | any other container | for a token, a hop limit of 2 or more: the bridge is a hop |
//!
//! Source: EC2 user guide, "Use the Instance Metadata Service to access instance metadata" and "Instance metadata
//! categories", ECS developer guide on `ECS_AWSVPC_BLOCK_IMDS`, read 2026-11-22.

use super::{Failure, Page, date};
use crate::aws::object::object;
use crate::ec2::Instance;
use crate::ecs::instance::config_of;
use crate::ecs::taskdef::NetworkMode;
use crate::elb::route::{Request, reason};
use crate::event::{Ec2Id, MachineId};
use crate::lab::web::Place;
use crate::lab::{ApiCall, Lab};
use crate::shell::exec::Shell;
use crate::sim::{SimDuration, SimTime, draw};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Where it listens.
pub const ADDRESS: &str = "169.254.169.254";

const LIFE: &str = "X-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "X-aws-ec2-metadata-token";
/// A token lives for six hours at most.
const LONGEST_LIFE: i64 = 21_600;
/// What is in front of a token's end.
const HEAD: [u8; 4] = [1, 0, 4, 0];

/// The way from who asks.
struct Way {
    host: Ec2Id,
    /// Hops of what comes back.
    hops: u64,
}

/// What it answers; none to who stands on no instance.
pub fn answer(shell: &Shell<'_>, from: Place, port: u16, request: &Request) -> Option<Result<Page, Failure>> {
    let way = match way(shell.lab, from)? {
        Ok(way) if port == 80 && !request.tls => way,
        Ok(_) => return Some(Err(Failure::Refused)),
        Err(failure) => return Some(Err(failure)),
    };
    let own = shell.lab.world().ec2().get(way.host)?;
    let input = object!({ "InstanceIds": alloc::vec![own.id.to_string()] });
    let reply = shell.lab.read(&ApiCall::new("ec2", "DescribeInstances", input)).ok()?;
    let shown = &reply["Reservations"][0];
    let options = &shown["Instances"][0]["MetadataOptions"];
    let now = shell.lab.now();
    let header = |name: &str| {
        let mut all = request.headers.iter();
        all.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    if options["HttpEndpoint"] == "disabled" {
        return Some(Ok(told(403, now)));
    }
    let path = request.path.as_str();
    if path == "/latest/api/token" {
        let seconds = header(LIFE).and_then(|own| own.parse::<i64>().ok());
        let seconds = seconds.filter(|own| (1..=LONGEST_LIFE).contains(own));
        return Some(match (request.method.as_str(), seconds) {
            // What comes back with a token does not get beyond the limit.
            ("PUT", _) if options["HttpPutResponseHopLimit"].as_u64().unwrap_or(1) < way.hops => Err(Failure::Silent),
            ("PUT", _) if header("X-Forwarded-For").is_some() => Ok(told(403, now)),
            ("PUT", Some(seconds)) => {
                let mut page = text(token(own, now.as_millis() / 1000 + seconds), now);
                page.headers.push((LIFE.to_string(), seconds.to_string()));
                Ok(page)
            }
            ("PUT", None) => Ok(told(400, now)),
            _ => Ok(told(405, now)),
        });
    }
    let knows = match header(TOKEN) {
        Some(given) => is_valid(own, given, now),
        None => options["HttpTokens"] != "required",
    };
    Some(Ok(match request.method.as_str() {
        "GET" | "HEAD" if knows => match found(&leaves(shell.lab, own, shown), path) {
            Some(body) => text(body, now),
            None => told(404, now),
        },
        "GET" | "HEAD" => told(401, now),
        _ => told(405, now),
    }))
}

/// The instance that somebody stands on, and how far it is; none without one.
fn way(lab: &Lab, from: Place) -> Option<Result<Way, Failure>> {
    let key = match from {
        Place::Home => return None,
        Place::Instance(host) => return Some(Ok(Way { host, hops: 1 })),
        Place::Task(key) => key,
    };
    let ecs = lab.world().ecs();
    let task = ecs.task(key)?;
    let MachineId::Ec2(host) = ecs.instance(task.host()?)?.machine else { return None };
    let blocks = || lab.world().ec2().get(host).is_some_and(|own| config_of(own).is_on("ECS_AWSVPC_BLOCK_IMDS"));
    Some(match task.definition.registration.core.network_mode {
        // The agent lays a route that leads nowhere.
        NetworkMode::Awsvpc if blocks() => Err(Failure::Refused),
        NetworkMode::Awsvpc | NetworkMode::Host => Ok(Way { host, hops: 1 }),
        NetworkMode::None => Err(Failure::Refused),
        _ => Ok(Way { host, hops: 2 }),
    })
}

/// A token of an instance that ends at such a second.
fn token(own: &Instance, end: i64) -> String {
    let end = u32::try_from(end).unwrap_or(u32::MAX);
    let mut bytes = HEAD.to_vec();
    bytes.extend(end.to_be_bytes());
    for part in 0..4 {
        bytes.extend(draw::draw(own.id.0, end, "metadata-token", part).to_be_bytes());
    }
    STANDARD.encode(bytes)
}

fn is_valid(own: &Instance, given: &str, now: SimTime) -> bool {
    let bytes = STANDARD.decode(given).unwrap_or_default();
    let end = bytes.get(4..8).and_then(|own| <[u8; 4]>::try_from(own).ok()).map(u32::from_be_bytes);
    end.is_some_and(|end| i64::from(end) > now.as_millis() / 1000 && token(own, end.into()) == given)
}

/// What stands at a path: a value, or what is below it.
fn found(leaves: &[(String, String)], path: &str) -> Option<String> {
    let path = path.trim_start_matches('/');
    // The versions all lead to the same.
    let (_, path) = path.split_once('/').unwrap_or((path, ""));
    let plain = path.trim_end_matches('/');
    if let Some((_, value)) = leaves.iter().find(|(own, _)| own == plain) {
        return Some(value.clone());
    }
    let below = if plain.is_empty() { String::new() } else { format!("{plain}/") };
    let mut names: Vec<String> = Vec::new();
    for rest in leaves.iter().filter_map(|(own, _)| own.strip_prefix(&below)) {
        let name = rest.split_inclusive('/').next().unwrap_or_default().to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    crate::sim::order::sort_by(&mut names, |left, right| left.cmp(right));
    // The roots stand without a slash.
    let names = names.iter().map(|name| if plain.is_empty() { name.trim_end_matches('/') } else { name });
    Some(names.collect::<Vec<_>>().join("\n")).filter(|list| !list.is_empty())
}

/// Every value by its path behind the version.
fn leaves(lab: &Lab, own: &Instance, reservation: &Value) -> Vec<(String, String)> {
    let shown = &reservation["Instances"][0];
    let mut all = plain(lab, own, reservation);
    let mut set = |name: String, value: String| all.push((name, value));
    if shown["MetadataOptions"]["InstanceMetadataTags"] == "enabled" {
        for (key, value) in &own.tags {
            set(format!("meta-data/tags/instance/{key}"), value.clone());
        }
    }
    if let Some(role) = lab.world().iam().role_of_profile(&own.profile) {
        let arn = shown["IamInstanceProfile"]["Arn"].clone();
        let info = object!({ "Code": "Success", "LastUpdated": hour(lab.now()), "InstanceProfileArn": arn });
        set("meta-data/iam/info".to_string(), pretty(&info));
        set(format!("meta-data/iam/security-credentials/{role}"), pretty(&credentials(lab.now())));
    }
    if !own.user_data.is_empty() {
        set("user-data".to_string(), own.user_data.clone());
    }
    let document = object!({
        "accountId": reservation["OwnerId"].clone(),
        "architecture": shown["Architecture"].clone(),
        "availabilityZone": own.zone.clone(),
        "imageId": shown["ImageId"].clone(),
        "instanceId": shown["InstanceId"].clone(),
        "instanceType": shown["InstanceType"].clone(),
        "pendingTime": own.launched_at.to_string(),
        "privateIp": shown["PrivateIpAddress"].clone(),
        "region": lab.start().region.as_str(),
        "version": "2017-09-30",
    });
    set("dynamic/instance-identity/document".to_string(), pretty(&document));
    all
}

/// The values that every instance has, but for those that are empty.
fn plain(lab: &Lab, own: &Instance, reservation: &Value) -> Vec<(String, String)> {
    let shown = &reservation["Instances"][0];
    let region = lab.start().region.as_str();
    let text = |name: &str| shown[name].as_str().unwrap_or_default().to_string();
    let whole = |name: &str| reservation[name].as_str().unwrap_or_default().to_string();
    let groups = shown["SecurityGroups"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_groups = |member: &str| -> String {
        groups.iter().map(|own| own[member].as_str().unwrap_or("default")).collect::<Vec<_>>().join("\n")
    };
    let life = if shown["InstanceLifecycle"] == "spot" { "spot" } else { "on-demand" };
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let mac = mac(own);
    let interface = |name: &str| format!("network/interfaces/macs/{mac}/{name}");
    let all = [
        ("ami-id".to_string(), text("ImageId")),
        ("ami-launch-index".to_string(), "0".to_string()),
        ("hostname".to_string(), text("PrivateDnsName")),
        ("instance-action".to_string(), "none".to_string()),
        ("instance-id".to_string(), text("InstanceId")),
        ("instance-life-cycle".to_string(), life.to_string()),
        ("instance-type".to_string(), text("InstanceType")),
        ("local-hostname".to_string(), text("PrivateDnsName")),
        ("local-ipv4".to_string(), text("PrivateIpAddress")),
        ("mac".to_string(), mac.clone()),
        (interface("device-number"), "0".to_string()),
        (interface("local-ipv4s"), text("PrivateIpAddress")),
        (interface("mac"), mac.clone()),
        (interface("owner-id"), whole("OwnerId")),
        (interface("security-group-ids"), of_groups("GroupId")),
        (interface("subnet-id"), text("SubnetId")),
        (interface("vpc-id"), text("VpcId")),
        ("placement/availability-zone".to_string(), own.zone.clone()),
        ("placement/region".to_string(), region.to_string()),
        ("profile".to_string(), "default-hvm".to_string()),
        ("public-hostname".to_string(), text("PublicDnsName")),
        ("public-ipv4".to_string(), text("PublicIpAddress")),
        ("reservation-id".to_string(), whole("ReservationId")),
        ("security-groups".to_string(), of_groups("GroupName")),
        ("services/domain".to_string(), domain.to_string()),
    ];
    let some = all.into_iter().filter(|(_, value)| !value.is_empty());
    some.map(|(name, value)| (format!("meta-data/{name}"), value)).collect()
}

/// The address of its network card, made up as those of tasks are.
fn mac(own: &Instance) -> String {
    let bytes = draw::draw(own.id.0, 0, "mac-address", 0).to_be_bytes();
    let parts = bytes.iter().skip(3).map(|byte| format!("{byte:02x}"));
    ["02".to_string()].into_iter().chain(parts).collect::<Vec<_>>().join(":")
}

/// The full hour before.
fn hour(now: SimTime) -> String {
    SimTime::from_millis(now.as_millis().div_euclid(3_600_000) * 3_600_000).to_string()
}

/// Credentials of the instance's role: made up, and of use nowhere.
fn credentials(now: SimTime) -> Value {
    object!({
        "Code": "Success",
        "LastUpdated": hour(now),
        "Type": "AWS-HMAC",
        "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "SecretAccessKey": "of-the-lab-and-of-use-nowhere",
        "Token": "of-the-lab-and-of-use-nowhere",
        "Expiration": (now + SimDuration::from_secs(6 * 3600)).to_string(),
    })
}

/// JSON as the service writes it: two spaces, and one on each side of a colon.
fn pretty(own: &Value) -> String {
    let members = own.as_object().into_iter().flatten();
    let lines: Vec<String> = members.map(|(name, value)| format!("  \"{name}\" : {value}")).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

fn text(body: String, now: SimTime) -> Page {
    page(200, "text/plain", body, now)
}

/// A refusal, in the form of its server.
fn told(code: u16, now: SimTime) -> Page {
    let title = format!("{code} - {}", reason(code));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n\t\
         \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\" \
         xml:lang=\"en\" lang=\"en\">\n <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n </body>\n</html>\n"
    );
    page(code, "text/html", body, now)
}

fn page(code: u16, kind: &str, body: String, now: SimTime) -> Page {
    let headers = [
        ("Content-Type", kind.to_string()),
        ("Content-Length", body.len().to_string()),
        ("Date", date(now)),
        ("Connection", "close".to_string()),
        ("Server", "EC2ws".to_string()),
    ];
    let headers = headers.map(|(name, value)| (name.to_string(), value)).to_vec();
    Page { code, headers, body, after: SimDuration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_a_value_or_to_what_is_below() {
        let leaves: Vec<(String, String)> = [("meta-data/a", "1"), ("meta-data/b/c", "2"), ("user-data", "3")]
            .map(|(path, value)| (path.to_string(), value.to_string()))
            .to_vec();
        for (path, expected) in [
            ("/latest/meta-data/a", Some("1")),
            ("/2023-01-01/meta-data/b/c/", Some("2")),
            ("/latest/meta-data", Some("a\nb/")),
            ("/latest/meta-data/b/", Some("c")),
            ("/latest/", Some("meta-data\nuser-data")),
            ("/latest/meta-data/d", None),
            ("/latest/meta", None),
        ] {
            assert_eq!(found(&leaves, path).as_deref(), expected, "{path}");
        }
    }
}
