//! The settings of a health check: defaults, limits and matcher (LB-09).

use super::HealthCheck;
use super::words::{invalid, joined, ours, text};
use crate::aws::ApiError;
use alloc::string::{String, ToString};
use serde_json::Value;

/// The health check of a target group that says nothing of it.
pub fn default(protocol: &str, version: Option<&str>) -> HealthCheck {
    let http = is_http(protocol);
    let check = HealthCheck {
        protocol: if http { "HTTP" } else { "TCP" }.to_string(),
        port: None,
        path: None,
        interval: 30,
        timeout: if http { 5 } else { 10 },
        healthy: 5,
        unhealthy: 2,
        codes: None,
    };
    if http { with_http(check, protocol, version) } else { check }
}

fn is_http(protocol: &str) -> bool {
    matches!(protocol, "HTTP" | "HTTPS")
}

fn with_http(check: HealthCheck, protocol: &str, version: Option<&str>) -> HealthCheck {
    let (path, codes) = match (is_http(protocol), version) {
        (true, Some("GRPC")) => ("/AWS.ALB/healthcheck", "12"),
        (true, _) => ("/", "200"),
        _ => ("/", "200-399"),
    };
    HealthCheck { path: Some(path.to_string()), codes: Some(codes.to_string()), ..check }
}

/// The settings of a request over those that hold already.
pub fn read(
    protocol: &str,
    version: Option<&str>,
    kind: &str,
    before: &HealthCheck,
    input: &Value,
) -> Result<HealthCheck, ApiError> {
    if input["HealthCheckEnabled"] == false {
        let message = joined(&["Health check enabled must be true for target groups with target type '", kind, "'"]);
        return Err(invalid(message).at("HealthCheckEnabled"));
    }
    let own = input["HealthCheckProtocol"].as_str().unwrap_or(&before.protocol);
    if !matches!(own, "HTTP" | "HTTPS" | "TCP") || own == "TCP" && is_http(protocol) {
        let message = joined(&[
            "Health check protocol '",
            own,
            "' is not supported for target groups with the ",
            protocol,
            " protocol",
        ]);
        return Err(ours(message).at("HealthCheckProtocol"));
    }
    let mut check = HealthCheck { protocol: own.to_string(), ..before.clone() };
    if own == "TCP" {
        (check.path, check.codes) = (None, None);
    } else if check.path.is_none() {
        check = with_http(check, protocol, version);
        // The default of HTTP and HTTPS checks; one that a request set before stays.
        check.timeout = if before.timeout == 10 && before.protocol == "TCP" { 6 } else { before.timeout };
    }
    check.port = port(input, before.port)?;
    if let Some(path) = input["HealthCheckPath"].as_str() {
        if own == "TCP" {
            let message = "Health check paths are not supported for TCP health checks";
            return Err(ours(message).at("HealthCheckPath"));
        }
        if !path.starts_with('/') {
            let message = joined(&["Health check path '", path, "' must begin with '/'"]);
            return Err(invalid(message).at("HealthCheckPath"));
        }
        check.path = Some(path.to_string());
    }
    if let Some(codes) = matcher(protocol, version, own, input)? {
        check.codes = Some(codes);
    }
    let number = |member: &str, before: u16| {
        input[member].as_u64().and_then(|number| u16::try_from(number).ok()).unwrap_or(before)
    };
    check.interval = number("HealthCheckIntervalSeconds", check.interval);
    check.timeout = number("HealthCheckTimeoutSeconds", check.timeout);
    check.healthy = number("HealthyThresholdCount", check.healthy);
    check.unhealthy = number("UnhealthyThresholdCount", check.unhealthy);
    if is_http(protocol) && check.interval <= check.timeout {
        return Err(invalid("Health check interval must be greater than the timeout.").at("HealthCheckIntervalSeconds"));
    }
    if check.interval < check.timeout {
        let (timeout, interval) = (check.timeout.to_string(), check.interval.to_string());
        let message = joined(&[
            "Health check timeout '",
            &timeout,
            "' must be smaller than or equal to the interval '",
            &interval,
            "'",
        ]);
        return Err(invalid(message).at("HealthCheckTimeoutSeconds"));
    }
    Ok(check)
}

fn port(input: &Value, before: Option<u16>) -> Result<Option<u16>, ApiError> {
    match input["HealthCheckPort"].as_str() {
        None => Ok(before),
        Some("traffic-port") => Ok(None),
        Some(other) => {
            let plain = other.bytes().all(|byte| byte.is_ascii_digit());
            let port: Option<u16> = other.parse().ok().filter(|port| *port > 0 && plain);
            let message = || joined(&["Health check port '", other, "' must be 'traffic-port' or from 1 to 65535"]);
            port.map(Some).ok_or_else(|| ours(message()).at("HealthCheckPort"))
        }
    }
}

/// The codes that a request asks for.
fn matcher(protocol: &str, version: Option<&str>, own: &str, input: &Value) -> Result<Option<String>, ApiError> {
    let given = &input["Matcher"];
    if given.is_null() {
        return Ok(None);
    }
    if own == "TCP" {
        let message = joined(&[
            "Custom health check matchers are not supported for health check protocol 'TCP' with target group protocol '",
            protocol,
            "'",
        ]);
        return Err(invalid(message).at("Matcher"));
    }
    let grpc = version == Some("GRPC");
    let (member, other, low, high) = match (grpc, is_http(protocol)) {
        (true, _) => ("GrpcCode", "HttpCode", 0, 99),
        (_, true) => ("HttpCode", "GrpcCode", 200, 499),
        _ => ("HttpCode", "GrpcCode", 200, 599),
    };
    let codes = text(given, member);
    if !given[other].is_null() || codes.is_empty() {
        let message = joined(&["The matcher of this target group must be a ", member]);
        return Err(ours(message).at("Matcher"));
    }
    let in_range = |code: u16| (low..=high).contains(&code);
    let fine = codes.split(',').all(|part| range(part).is_some_and(|(a, b)| a <= b && in_range(a) && in_range(b)));
    if !fine {
        let message = joined(&[
            "Health check matcher ",
            member,
            " '",
            codes,
            "' must be codes or ranges within '",
            &low.to_string(),
            "-",
            &high.to_string(),
            "' inclusive",
        ]);
        return Err(ours(message).at("Matcher"));
    }
    Ok(Some(codes.to_string()))
}

/// `200` or `200-299`.
fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits)
    };
    match text.split_once('-') {
        Some((low, high)) => Some((number(low)?, number(high)?)),
        None => number(text).map(|code| (code, code)),
    }
}

impl HealthCheck {
    /// Whether an answer with this code passes.
    pub fn takes(&self, code: u16) -> bool {
        let Some(codes) = &self.codes else { return true };
        codes.split(',').filter_map(range).any(|(low, high)| (low..=high).contains(&code))
    }
}
