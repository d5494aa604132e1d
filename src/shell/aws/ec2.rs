//! What the command line adds to calls of EC2: counts, public addresses, simple rules of security groups, encoded user
//! data.

use super::fail::Fail;
use super::parser::repr;
use crate::aws::model::{Member, Operation};
use crate::aws::object::object;
use alloc::format;
use alloc::string::String;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Puts what the extra options say into the input.
///
/// # Errors
/// A count or a port that is none.
pub(super) fn own(input: &mut Map<String, Value>, given: &[(&str, String)]) -> Result<(), Fail> {
    let get = |name: &str| given.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str());
    if let Some(count) = get("count") {
        let (least, most) = count.split_once(':').unwrap_or((count, count));
        for (name, word) in [("MinCount", least), ("MaxCount", most)] {
            let number = super::parser::int(word);
            let wrong = || Fail::Other("count parameter should be of form min[:max] (e.g. 1 or 1:10)".into());
            input.insert(name.into(), number.ok_or_else(wrong)?.into());
        }
    }
    let wanted = match get("associate-public-ip-address") {
        Some(_) => Some(true),
        None => get("no-associate-public-ip-address").map(|_| false),
    };
    if let Some(wanted) = wanted {
        public_address(input, wanted)?;
    }
    place_in_interface(input);
    if let Some(Value::String(text)) = input.get_mut("UserData") {
        *text = STANDARD.encode(text.as_bytes());
    }
    if !["protocol", "port", "cidr", "source-group"].iter().any(|name| get(name).is_some()) {
        return Ok(());
    }
    let protocol = match get("protocol").unwrap_or("-1") {
        "all" => "-1",
        own => own,
    };
    let mut rule = Map::new();
    rule.insert("IpProtocol".into(), protocol.into());
    if let Some(port) = get("port") {
        let (from, to) = port.split_once('-').filter(|_| !port.starts_with('-')).unwrap_or((port, port));
        let (from, to) = if port == "all" { ("-1", "-1") } else { (from, to) };
        for (name, word) in [("FromPort", from), ("ToPort", to)] {
            let wrong = || Fail::Other(format!("port must be of the form: <port> or <from>-<to>, not {}", repr(word)));
            let number = word.parse::<i64>().map_err(|_| wrong())?;
            rule.insert(name.into(), number.into());
        }
    }
    if let Some(cidr) = get("cidr") {
        rule.insert("IpRanges".into(), alloc::vec![object!({ "CidrIp": cidr })].into());
    }
    if let Some(group) = get("source-group") {
        let name = if group.starts_with("sg-") { "GroupId" } else { "GroupName" };
        let pair: Map<String, Value> = [(String::from(name), Value::from(group))].into_iter().collect();
        rule.insert("UserIdGroupPairs".into(), alloc::vec![Value::Object(pair)].into());
    }
    input.insert("IpPermissions".into(), alloc::vec![Value::Object(rule)].into());
    Ok(())
}

/// Asks for a public address, or for none, in the network interface.
///
/// # Errors
/// The network interfaces are described, too.
fn public_address(input: &mut Map<String, Value>, wanted: bool) -> Result<(), Fail> {
    if wanted && input.contains_key("NetworkInterfaces") {
        let message = "Mixing the --network-interfaces option with the simple, scalar options is not supported.";
        return Err(Fail::Other(message.into()));
    }
    let interfaces =
        input.entry("NetworkInterfaces").or_insert_with(|| alloc::vec![object!({ "DeviceIndex": 0 })].into());
    if let Some(own) = interfaces.get_mut(0).and_then(Value::as_object_mut) {
        own.insert("AssociatePublicIpAddress".into(), wanted.into());
    }
    Ok(())
}

/// What a request says of its place moves into a network interface that says something of public addresses.
fn place_in_interface(input: &mut Map<String, Value>) {
    let place = ["SubnetId", "SecurityGroupIds"].map(|name| input.get(name).cloned());
    let interface = input.get_mut("NetworkInterfaces").and_then(|own| own.get_mut(0)).and_then(Value::as_object_mut);
    let Some(interface) = interface.filter(|own| own.contains_key("AssociatePublicIpAddress")) else { return };
    for (to, own) in ["SubnetId", "Groups"].into_iter().zip(place) {
        interface.extend(own.map(|own| (to.into(), own)));
    }
    input.remove("SubnetId");
    input.remove("SecurityGroupIds");
}

/// Puts a switch off whose name is this option's behind `--no-`.
///
/// # Errors
/// It was put on, too.
pub(super) fn switch_off(input: &mut Map<String, Value>, member: &Member, option: &str) -> Result<(), Fail> {
    if input.contains_key(member.name) {
        let on = option.replacen("no-", "", 1);
        return Err(Fail::Other(format!(r#"Cannot specify both the "{on}" option and the "{option}" option."#)));
    }
    input.insert(member.name.into(), object!({ "Value": false }));
    Ok(())
}

/// Counts that nobody gave: one instance.
pub(super) fn counted(operation: &Operation, input: &mut Map<String, Value>) {
    if operation.name == "RunInstances" {
        for name in ["MaxCount", "MinCount"] {
            input.entry(name).or_insert(1.into());
        }
    }
}
