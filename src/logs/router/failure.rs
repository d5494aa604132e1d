//! Why Fluent Bit ends when it starts: it does not find its configuration, or cannot use it.
//!
//! Source: Fluent Bit's source (src/fluent-bit.c, src/flb_utils.c, src/flb_config.c, src/flb_output.c,
//! src/config_format/flb_cf_fluentbit.c), read 2026-11-22. Only of the images of Fluent Bit and AWS, and of what is built on
//! them here, it is known which files and plugins they have.

use super::conf::{Conf, Fault, Section};
use super::output;
use super::voice::Voice;
use crate::sim::SimTime;
use crate::sim::moment::shown;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// How it ends.
pub struct Failure {
    /// Its exit code.
    pub code: u8,
    /// What it says, line by line.
    pub lines: Vec<String>,
}

/// `exit(EXIT_FAILURE)` for a configuration that cannot be read.
const UNREAD: u8 = 1;

/// What its engine returns, -1, for a plugin that does not start.
const NOT_STARTED: u8 = 255;

const INPUTS: &str = "blob calyptia_fleet collectd cpu disk docker docker_events dummy ebpf elasticsearch emitter event_test \
    event_type exec exec_wasi fluentbit_metrics forward gpu_metrics head health http kafka kmsg kubernetes_events lib mem mqtt \
    netif nginx_metrics node_exporter_metrics opentelemetry podman_metrics proc process_exporter_metrics \
    prometheus_remote_write prometheus_scrape random serial splunk statsd stdin storage_backlog stream_processor syslog \
    systemd tail tcp thermal udp unix_socket windows_exporter_metrics winevtlog winlog winstat";

const FILTERS: &str = "alter_size aws checklist ecs expect geoip2 grep kubernetes log_to_metrics lookup lua modify multiline \
    nest nightfall parser record_modifier rewrite_tag stdout sysinfo tensorflow throttle throttle_size type_converter wasm";

/// Those in Go that AWS's images bring along too.
const OUTPUTS: &str = "azure azure_blob azure_kusto azure_logs_ingestion bigquery calyptia chronicle cloudwatch cloudwatch_logs \
    counter datadog es exit file firehose flowcounter forward gelf http influxdb kafka kafka-rest kinesis kinesis_firehose \
    kinesis_streams lib logdna loki nats nrlogs null opensearch opentelemetry oracle_log_analytics parseable pgsql plot \
    prometheus_exporter prometheus_remote_write retry s3 skywalking slack splunk stackdriver stdout syslog tcp td udp \
    vivo_exporter websocket";

/// How Fluent Bit ends with such a configuration at a moment; none where it runs.
pub fn failure(conf: &Conf, at: SimTime) -> Option<Failure> {
    let line = |text: &str| format!("[{}] [error] {text}", shown(at, "%Y/%m/%d %T"));
    let stops = |why: Option<String>| {
        let last = line("configuration file contains errors, aborting.");
        Failure { code: UNREAD, lines: why.map(|own| line(&own)).into_iter().chain([last]).collect() }
    };
    match &conf.fault {
        Some(Fault::Missing) => {
            let lines = Vec::from([line("could not open configuration file, aborting.")]);
            return Some(Failure { code: UNREAD, lines });
        }
        Some(Fault::NotIncluded) => return Some(stops(None)),
        Some(Fault::Line(why)) => return Some(stops(Some(why.clone()))),
        None => {}
    }
    if conf.is_known
        && let Some(why) = ["INPUT", "FILTER", "OUTPUT"].iter().find_map(|kind| unusable(&conf.sections, kind))
    {
        return Some(stops(Some(why)));
    }
    let (place, why) = conf.sections.iter().enumerate().find_map(|(place, own)| {
        Some((place, output::fault(own, output::plugin(own).filter(|_| own.kind == "OUTPUT")?)?))
    })?;
    let mut voice = Voice::new(&conf.sections, place, at);
    voice.fault(why);
    let name = conf.sections.get(place).map(Section::plugin).unwrap_or_default();
    let last = [
        format!("[output] failed to initialize '{name}' plugin"),
        "[engine] output initialization failed".into(),
        "[lib] backend failed".into(),
    ];
    let lines = voice.lines.into_iter().chain(last.iter().map(|own| line(own)));
    Some(Failure { code: NOT_STARTED, lines: lines.collect() })
}

/// Why a section of a kind names no plugin.
fn unusable(sections: &[Section], kind: &str) -> Option<String> {
    let known = match kind {
        "INPUT" => INPUTS,
        "FILTER" => FILTERS,
        _ => OUTPUTS,
    };
    sections.iter().filter(|own| own.kind == kind).find_map(|own| {
        let Some(name) = own.get("name") else {
            return Some(format!("[config] section '{}' is missing the 'name' property", kind.to_lowercase()));
        };
        let is_known = known.split_whitespace().any(|own| own.eq_ignore_ascii_case(name));
        (!is_known).then(|| format!("[config] section '{name}' tried to instance a plugin name that doesn't exist"))
    })
}
