//! A RunInstances request, as the call or an Auto Scaling group makes it.

use super::catalogue::{self, InstanceType};
use super::{Ec2, images, keys, network, security, settings, template};
use crate::aws::ApiError;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The largest launch of one call; larger fleets take more calls.
const MOST_AT_ONCE: u64 = 5000;

/// A RunInstances request, checked.
pub(super) struct Launch {
    pub(super) image_id: String,
    pub(super) instance_type: &'static InstanceType,
    pub(super) count: u64,
    pub(super) zone: String,
    pub(super) subnet: String,
    /// Whether the request says where it goes.
    pub(super) names_place: bool,
    /// Whether it gets a public address; none when its subnet decides.
    pub(super) public: Option<bool>,
    pub(super) user_data: String,
    pub(super) profile: String,
    pub(super) key_name: String,
    pub(super) security_groups: Rc<[String]>,
    pub(super) settings: Rc<Value>,
    pub(super) tags: Vec<(String, String)>,
}

impl Launch {
    /// Reads a request, over the launch template that it names.
    ///
    /// # Errors
    /// Those of RunInstances, but for capacity.
    pub(super) fn read(ec2: &Ec2, region: &str, input: &Value) -> Result<Self, ApiError> {
        let input = &*template::filled(ec2, input)?;
        let type_name = input["InstanceType"].as_str().unwrap_or("m1.small");
        let instance_type = catalogue::find(type_name).ok_or_else(|| {
            ApiError::new("Unsupported", format!("ECS Lab does not simulate the instance type {type_name}."))
                .at("InstanceType")
                .in_our_words()
        })?;
        let (least, most) = (input["MinCount"].as_u64().unwrap_or(0), input["MaxCount"].as_u64().unwrap_or(0));
        if least == 0 || most < least {
            let message = format!(
                "Value ({most}) for parameter maxCount is invalid. It must be at least minCount, and minCount at least 1."
            );
            return Err(ApiError::new("InvalidParameterValue", message).at("MaxCount").in_our_words());
        }
        if most > MOST_AT_ONCE {
            let message = format!("ECS Lab launches at most {MOST_AT_ONCE} instances in one call.");
            return Err(ApiError::new("InstanceLimitExceeded", message).at("MaxCount").in_our_words());
        }
        let interface = interface(input)?;
        let own = if interface.is_object() { interface } else { input };
        let (zone, subnet) = placement(ec2, region, &own["SubnetId"], &input["Placement"]["AvailabilityZone"])?;
        let groups = if interface.is_object() { "Groups" } else { "SecurityGroupIds" };
        let security_groups = security_groups(ec2, &subnet, &own[groups])?;
        keys::check(ec2, input)?;
        Ok(Launch {
            image_id: image_id(instance_type, input)?,
            instance_type,
            count: most,
            zone,
            subnet,
            names_place: own["SubnetId"].is_string() || input["Placement"]["AvailabilityZone"].is_string(),
            public: interface["AssociatePublicIpAddress"].as_bool(),
            user_data: user_data(input)?,
            profile: profile(input),
            key_name: input["KeyName"].as_str().unwrap_or_default().to_string(),
            security_groups,
            settings: settings::of(input)?,
            tags: tags(input),
        })
    }
}

/// The one network interface that the request describes; null when it describes none. What stands in it may not stand
/// beside it.
fn interface(input: &Value) -> Result<&Value, ApiError> {
    let Some([first, others @ ..]) = input["NetworkInterfaces"].as_array().map(Vec::as_slice) else {
        return Ok(&Value::Null);
    };
    if !others.is_empty() {
        return Err(ApiError::not_simulated("instances with several network interfaces").at("NetworkInterfaces"));
    }
    for (member, what) in [("SubnetId", "subnet ID"), ("SecurityGroupIds", "security groups")] {
        if !input[member].is_null() {
            let message =
                format!("Network interfaces and an instance-level {what} may not be specified on the same request");
            return Err(ApiError::new("InvalidParameterCombination", message).at("NetworkInterfaces"));
        }
    }
    if first["DeviceIndex"] != 0 {
        let message = "The only network interface of an instance has the device index 0.";
        return Err(ApiError::new("InvalidParameterValue", message).at("NetworkInterfaces").in_our_words());
    }
    Ok(first)
}

/// The security groups named, which lie in the VPC of the subnet; that VPC's default one if somebody made it.
fn security_groups(ec2: &Ec2, subnet: &str, named: &Value) -> Result<Rc<[String]>, ApiError> {
    let named: Vec<String> =
        named.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect();
    if let Some(id) = named.iter().find(|id| !network::well_formed(id, "sg-")) {
        return Err(security::not_found(id).at("SecurityGroupIds"));
    }
    let all = ec2.network.groups_in(ec2.network.vpc_of(subnet), named);
    all.map(Rc::from).map_err(|group| {
        let message = format!("Security group {group} and subnet {subnet} belong to different networks.");
        ApiError::new("InvalidParameter", message).at("SecurityGroupIds")
    })
}

/// The tags for the instances themselves.
fn tags(input: &Value) -> Vec<(String, String)> {
    let all = input["TagSpecifications"].as_array().into_iter().flatten();
    let own = all.filter(|specification| specification["ResourceType"] == "instance");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let each = own.flat_map(|specification| specification["Tags"].as_array().into_iter().flatten());
    each.map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
}

/// The name of the instance profile, given by name or ARN.
fn profile(input: &Value) -> String {
    let given = &input["IamInstanceProfile"];
    let named = given["Name"].as_str().or_else(|| given["Arn"].as_str()?.rsplit('/').next());
    named.unwrap_or_default().to_string()
}

/// The image named, which must be one for the type's architecture, else the one that the lab takes for it.
fn image_id(instance_type: &InstanceType, input: &Value) -> Result<String, ApiError> {
    let Some(named) = input["ImageId"].as_str() else {
        return Ok(images::default_for(instance_type.architecture).to_string());
    };
    let own = instance_type.architecture;
    let named = images::resolve(named, own);
    match images::find(named).map(|image| image.architecture).filter(|other| *other != own) {
        None => Ok(named.to_string()),
        Some(other) => {
            let (own, other) = (own.name(), other.name());
            let message = format!(
                "The architecture '{own}' of the specified instance type does not match the architecture '{other}' of the specified AMI."
            );
            Err(ApiError::new("InvalidParameterValue", message).at("ImageId").in_our_words())
        }
    }
}

/// Zone and subnet: the subnet decides, else the zone named, else the first zone.
fn placement(ec2: &Ec2, region: &str, subnet: &Value, zone: &Value) -> Result<(String, String), ApiError> {
    if let Some(subnet) = subnet.as_str() {
        let zone = ec2.network.zone_of(region, subnet).ok_or_else(|| {
            ApiError::new("InvalidSubnetID.NotFound", format!("The subnet ID '{subnet}' does not exist")).at("SubnetId")
        })?;
        return Ok((zone, subnet.to_string()));
    }
    let first = || network::zones(region).next().unwrap_or_default();
    let zone = zone.as_str().map_or_else(first, String::from);
    let known = network::zones(region).any(|known| known == zone);
    match network::subnet_of(&zone).filter(|_| known) {
        Some(subnet) => Ok((zone, subnet)),
        None => Err(ApiError::new("InvalidParameterValue", format!("Invalid availability zone: [{zone}]"))
            .at("Placement.AvailabilityZone")),
    }
}

fn user_data(input: &Value) -> Result<String, ApiError> {
    let malformed = || ApiError::new("InvalidParameterValue", "Invalid BASE64 encoding of user data.").at("UserData");
    let bytes = STANDARD.decode(input["UserData"].as_str().unwrap_or_default()).map_err(|_| malformed())?;
    if bytes.len() > 16_384 {
        let message = "User data is limited to 16384 bytes";
        return Err(ApiError::new("InvalidParameterValue", message).at("UserData"));
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}
