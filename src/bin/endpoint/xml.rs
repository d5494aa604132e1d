//! Answers of the Query protocols, in XML.

use std::io;

use ecs_lab::aws::ApiError;
use ecs_lab::aws::model::{self, Kind, Shape};
use ecs_lab::sim::SimTime;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::Value;

use crate::wire::Wire;

type Xml = Writer<Vec<u8>>;

/// The document of an answer.
pub fn answer(wire: &Wire, action: &str, value: &Value, id: &str) -> io::Result<Vec<u8>> {
    let output = model::operation(wire.service, action).map(|operation| operation.output);
    let shape = output.filter(|shape| !shape.members().is_empty());
    let own = |xml: &mut Xml| shape.map_or(Ok(()), |shape| members(xml, wire, shape, value));
    document(|xml| {
        let slash = if wire.ec2 { "/" } else { "" };
        let namespace = format!("{}{slash}", wire.xmlns);
        let root = xml.create_element(format!("{action}Response")).with_attribute(("xmlns", namespace.as_str()));
        root.write_inner_content(|xml| {
            if wire.ec2 {
                text(xml, "requestId", id)?;
                return if shape.is_some() { own(xml) } else { text(xml, "return", "true") };
            }
            // An output without members has its element; an operation without an output has none.
            if output.is_some_and(|shape| !["none", "-"].contains(&shape.name())) {
                xml.create_element(format!("{action}Result")).write_inner_content(own)?;
            }
            xml.create_element("ResponseMetadata").write_inner_content(|xml| text(xml, "RequestId", id))?;
            Ok(())
        })?;
        Ok(())
    })
}

/// The document of a refusal.
pub fn refusal(wire: Option<&Wire>, code: &str, error: &ApiError, id: &str) -> io::Result<Vec<u8>> {
    let fault = wire.and_then(|wire| wire.refusal(code)).map_or("Sender", |refusal| refusal.fault);
    document(|xml| {
        if wire.is_some_and(|wire| wire.ec2) {
            xml.create_element("Response").write_inner_content(|xml| {
                xml.create_element("Errors").write_inner_content(|xml| {
                    xml.create_element("Error").write_inner_content(|xml| {
                        text(xml, "Code", code)?;
                        text(xml, "Message", &error.message)
                    })?;
                    Ok(())
                })?;
                text(xml, "RequestID", id)
            })?;
            return Ok(());
        }
        let namespace = wire.map(|wire| ("xmlns", wire.xmlns));
        let root = xml.create_element("ErrorResponse").with_attributes(namespace);
        root.write_inner_content(|xml| {
            xml.create_element("Error").write_inner_content(|xml| {
                text(xml, "Type", fault)?;
                text(xml, "Code", code)?;
                text(xml, "Message", &error.message)
            })?;
            text(xml, "RequestId", id)
        })?;
        Ok(())
    })
}

fn document(write: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    write(&mut xml)?;
    Ok(xml.into_inner())
}

/// Text in an element. What XML cannot hold goes as the replacement character.
fn text(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    let holds = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let clean: String = value.chars().map(|c| if holds(c) { c } else { '\u{fffd}' }).collect();
    xml.create_element(name).write_text_content(BytesText::new(&clean))?;
    Ok(())
}

/// The members of a structure that are there, in the model's order.
fn members(xml: &mut Xml, wire: &Wire, shape: Shape, value: &Value) -> io::Result<()> {
    for member in shape.members() {
        let value = &value[member.name];
        if !value.is_null() {
            element(xml, wire, &wire.answered(shape.name(), member.name), member.shape, value)?;
        }
    }
    Ok(())
}

fn element(xml: &mut Xml, wire: &Wire, name: &str, shape: Shape, value: &Value) -> io::Result<()> {
    match (shape.kind(), value) {
        (Kind::Structure { .. }, _) => {
            xml.create_element(name).write_inner_content(|xml| members(xml, wire, shape, value))?;
        }
        (Kind::List { item, .. }, Value::Array(list)) => {
            let part = wire.part("member", shape.name());
            let each = |xml: &mut Xml| list.iter().try_for_each(|value| element(xml, wire, part, *item, value));
            xml.create_element(name).write_inner_content(each)?;
        }
        (Kind::Map { value: kind, .. }, Value::Object(map)) => {
            let (key, part) = (wire.part("key", shape.name()), wire.part("value", shape.name()));
            xml.create_element(name).write_inner_content(|xml| {
                map.iter().try_for_each(|(own, value)| {
                    xml.create_element("entry").write_inner_content(|xml| {
                        text(xml, key, own)?;
                        element(xml, wire, part, *kind, value)
                    })?;
                    Ok(())
                })
            })?;
        }
        (Kind::Timestamp, Value::Number(seconds)) => {
            let millis = seconds.as_f64().unwrap_or_default() * 1000.0;
            text(xml, name, &SimTime::from_millis(millis as i64).to_string())?;
        }
        (_, Value::String(own)) => text(xml, name, own)?,
        (_, other) => text(xml, name, &other.to_string())?,
    }
    Ok(())
}
