//! DescribeAvailabilityZones and DescribeRegions.

use super::{filter, network};
use crate::aws::arn::{opts_in, regions};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const ZONE_FILTERS: [(&str, &str); 7] = [
    ("group-name", "GroupName"),
    ("opt-in-status", "OptInStatus"),
    ("region-name", "RegionName"),
    ("state", "State"),
    ("zone-id", "ZoneId"),
    ("zone-name", "ZoneName"),
    ("zone-type", "ZoneType"),
];

const REGION_FILTERS: [(&str, &str); 3] =
    [("endpoint", "Endpoint"), ("opt-in-status", "OptInStatus"), ("region-name", "RegionName")];

/// DescribeAvailabilityZones.
pub(super) fn zones(account: &Account, input: &Value) -> Result<Value, ApiError> {
    let region = account.region.as_str();
    let short = short_name(region);
    let mut all: Vec<Value> = network::zones(region)
        .enumerate()
        .map(|(place, zone)| {
            object!({
                "OptInStatus": "opt-in-not-required",
                "RegionName": region,
                "ZoneName": zone,
                "ZoneId": format!("{short}-az{}", place + 1),
                "GroupName": format!("{region}-zg-1"),
                "NetworkBorderGroup": region,
                "ZoneType": "availability-zone",
                "State": "available",
            })
        })
        .collect();
    filter::named(&mut all, input, "ZoneNames", "ZoneName", |strays| {
        let message = format!("Invalid availability zone: [{}]", strays.join(", "));
        ApiError::new("InvalidParameterValue", message).at("ZoneNames")
    })?;
    filter::keep(&mut all, input, &ZONE_FILTERS)?;
    Ok(object!({ "AvailabilityZones": all }))
}

/// DescribeRegions. An account of the lab has opted in to every Region of its partition, so `AllRegions` adds none.
pub(super) fn all_regions(account: &Account, input: &Value) -> Result<Value, ApiError> {
    let same =
        |region: &&str| Account { region: region.to_string(), id: String::new() }.partition() == account.partition();
    let mut all: Vec<Value> = regions()
        .filter(same)
        .map(|region| {
            let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            object!({
                "Endpoint": format!("ec2.{region}.{domain}"),
                "RegionName": region,
                "OptInStatus": if opts_in(region) { "opted-in" } else { "opt-in-not-required" },
            })
        })
        .collect();
    filter::named(&mut all, input, "RegionNames", "RegionName", |strays| {
        let message = format!("Invalid region name: [{}]", strays.join(", "));
        ApiError::new("InvalidParameterValue", message).at("RegionNames").in_our_words()
    })?;
    filter::keep(&mut all, input, &REGION_FILTERS)?;
    Ok(object!({ "Regions": all }))
}

/// A Region as the ids of its zones call it: `use1` for us-east-1.
fn short_name(region: &str) -> String {
    let part = |part: &str| match part {
        "northeast" => "ne".to_string(),
        "northwest" => "nw".to_string(),
        "southeast" => "se".to_string(),
        "southwest" => "sw".to_string(),
        part if part.len() > 2 => part.chars().take(1).collect(),
        part => part.to_string(),
    };
    region.split('-').map(part).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn regions_in_the_ids_of_zones() {
        for (region, short) in [("us-east-1", "use1"), ("ap-southeast-2", "apse2"), ("us-gov-west-1", "usgw1")] {
            assert_eq!(super::short_name(region), short);
        }
    }
}
