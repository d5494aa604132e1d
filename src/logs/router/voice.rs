//! What a router writes to its own output about an output plugin, in the words of each plugin's source.
//!
//! What Fluent Bit's engine says about its retries is left out.

use super::conf::Section;
use super::output::{Place, Plugin, plugin};
use crate::sim::SimTime;
use crate::sim::moment::shown;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// A plugin that speaks.
pub struct Voice {
    plugin: Option<Plugin>,
    /// Its number, as it calls itself.
    number: usize,
    at: SimTime,
    /// What it said.
    pub lines: Vec<String>,
}

impl Voice {
    /// The output at a place among the sections, at a moment.
    pub fn new(sections: &[Section], place: usize, at: SimTime) -> Self {
        let plugin_at = |own: &Section| (own.kind == "OUTPUT").then(|| plugin(own));
        let own = sections.get(place).and_then(plugin_at).flatten();
        let before = sections.iter().take(place).filter_map(plugin_at);
        // Fluent Bit counts all outputs, the plugin in Go those of its kind.
        let number = before.filter(|other| own != Some(Plugin::Go) || *other == own).count();
        Self { plugin: own, number, at, lines: Vec::new() }
    }

    fn say(&mut self, level: &str, text: &str) {
        let line = match self.plugin {
            Some(Plugin::Go) => {
                let at = shown(self.at, "%FT%TZ");
                format!("time=\"{at}\" level={} msg=\"[cloudwatch {}] {text}\"", level.trim(), self.number)
            }
            Some(Plugin::Fluentd) => format!("{} [{level}]: #0 {text}", shown(self.at, "%F %T +0000")),
            _ => {
                let at = shown(self.at, "%Y/%m/%d %T");
                format!("[{at}] [{level}] [output:cloudwatch_logs:cloudwatch_logs.{}] {text}", self.number)
            }
        };
        self.lines.push(line);
    }

    /// It asks for a stream.
    pub fn creates_stream(&mut self, Place { group, stream }: &Place) {
        self.say(" info", &format!("Creating log stream {stream} in log group {group}"));
    }

    /// It asks for a group that it did not find.
    pub fn creates_group(&mut self, Place { group, .. }: &Place) {
        self.say(" info", &format!("Log Group {group} not found. Will attempt to create it."));
        self.say(" info", &format!("Creating log group {group}"));
    }

    /// The group is made.
    pub fn created_group(&mut self, Place { group, .. }: &Place) {
        match self.plugin {
            Some(Plugin::Fluentd) => self.say("debug", &format!("Log group '{group}' created")),
            _ => self.say(" info", &format!("Created log group {group}")),
        }
    }

    /// The stream is made, or found.
    pub fn created_stream(&mut self, Place { group, stream }: &Place, is_new: bool) {
        let text = match (self.plugin, is_new) {
            (Some(Plugin::Core), true) => format!("Created log stream {stream}"),
            (Some(Plugin::Core), false) => format!("Log Stream {stream} already exists"),
            (Some(Plugin::Go), true) => format!("Created log stream {stream} in group {group}"),
            _ => return,
        };
        self.say(" info", &text);
    }

    /// The group is not there, and it makes none.
    pub fn no_group(&mut self, Place { group, .. }: &Place) {
        match self.plugin {
            Some(Plugin::Go) => {
                let why = "ResourceNotFoundException: The specified log group does not exist.";
                self.say("error", why);
            }
            Some(Plugin::Fluentd) => self.say("warn", &format!("Log group '{group}' does not exist")),
            _ => {
                self.say("error", &format!("Log Group {group} not found and `auto_create_group` disabled."));
                self.say("error", "Failed to send events");
            }
        }
    }

    /// The stream is not there, and it makes none.
    pub fn no_stream(&mut self, Place { stream, .. }: &Place) {
        self.say("warn", &format!("Log stream '{stream}' does not exist"));
    }

    /// It does not start.
    pub fn fault(&mut self, why: &str) {
        self.say("error", why);
        if self.plugin == Some(Plugin::Core) {
            self.say("error", "Initialization failed");
        }
    }

    /// Nothing answers at the address of CloudWatch Logs in a Region.
    pub fn unreached(&mut self, region: &str) {
        let at = shown(self.at, "%Y/%m/%d %T");
        let host = format!("logs.{region}.amazonaws.com");
        match self.plugin {
            Some(Plugin::Core) => {
                self.lines.push(format!(
                    "[{at}] [error] [upstream] connection #1 to tcp://{host}:443 timed out after 10 seconds (connection \
                     timeout)"
                ));
                self.say("error", failed("CreateLogStream"));
                self.say("error", "Failed to send events");
            }
            _ => self.say(
                "error",
                &format!("RequestError: send request failed caused by: Post \"https://{host}/\": i/o timeout"),
            ),
        }
    }

    /// The group or the stream has a name that CloudWatch Logs does not take.
    pub fn invalid(&mut self, Place { group, stream }: &Place) {
        let text = format!("InvalidParameterException: log group '{group}' or log stream '{stream}' is no valid name");
        self.say("error", &text);
    }

    /// Its role may not do something; or it has no role.
    pub fn refused(&mut self, action: &str, why: Option<&str>) {
        let Some(why) = why else {
            let at = shown(self.at, "%Y/%m/%d %T");
            return match self.plugin {
                Some(Plugin::Core) => {
                    self.lines.push(format!("[{at}] [error] [signv4] Provider returned no credentials, service=logs"));
                    self.lines.push(format!("[{at}] [error] [aws_client] could not sign request"));
                    self.say("error", failed(action));
                    self.say("error", "Failed to send events");
                }
                Some(Plugin::Go) => self.say("error", "NoCredentialProviders: no valid providers in chain. Deprecated."),
                _ => self.say(
                    "warn",
                    "failed to flush the buffer. error_class=Aws::Errors::MissingCredentialsError error=\"unable to sign \
                     request without credentials set\"",
                ),
            };
        };
        match self.plugin {
            Some(Plugin::Go) => self.say("error", &format!("AccessDeniedException: {why}")),
            Some(Plugin::Fluentd) => self.say(
                "warn",
                &format!(
                    "failed to flush the buffer. error_class=Aws::CloudWatchLogs::Errors::AccessDeniedException \
                     error=\"{why}\""
                ),
            ),
            _ => {
                let text = format!("{action} API responded with error='AccessDeniedException', message='{why}'");
                self.say("error", &text);
                self.say("error", failed(action));
                self.say("error", "Failed to send events");
            }
        }
    }
}

/// How Fluent Bit ends such a call.
fn failed(action: &str) -> &'static str {
    match action {
        "CreateLogGroup" => "Failed to create log group",
        "PutLogEvents" => "Failed to send log events",
        "PutRetentionPolicy" => "Failed to putRetentionPolicy",
        _ => "Failed to create log stream",
    }
}
