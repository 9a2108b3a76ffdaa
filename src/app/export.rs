//! `podprobe export`: the history as CSV or JSON lines, a page at a time.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::history::open;
use super::output::{Lines, OutputError};
use super::{Exit, Fault, clock};
use crate::cli::{ExportCommand, ExportFormat};
use crate::markup;
use crate::store::{Cell, Page, Reader, TABLES, Table};

pub(super) async fn run(arguments: &ExportCommand) -> Result<Exit, Fault> {
    let since = arguments.since.map(|since| since.at(clock::now()));
    let wanted = |table: &&Table| arguments.tables.is_empty() || arguments.tables.iter().any(|name| name == table.name);
    let tables: Vec<&Table> = TABLES.iter().filter(wanted).collect();
    let to = arguments.output.as_deref();
    let folder = to.filter(|_| arguments.format == ExportFormat::Csv && tables.len() > 1);
    if arguments.format == ExportFormat::Csv && tables.len() > 1 && folder.is_none() {
        return Err(Fault::Usage(
            "CSV has one table in a file: name one TABLE, or a folder with --output, or use --format jsonl".into(),
        ));
    }
    let reader = open(&arguments.store).await?;
    let written = match folder {
        Some(folder) => each_in(&reader, &tables, since, folder).await,
        None => all_in(&reader, &tables, since, to, arguments.format).await,
    };
    match written {
        // Whoever read went away and has enough.
        Err(Fault::Output(fault)) if fault.is_closed_pipe() => Ok(Exit::Ok),
        Err(fault) => Err(fault),
        Ok(()) => Ok(Exit::Ok),
    }
}

async fn all_in(
    reader: &Reader,
    tables: &[&Table],
    since: Option<Timestamp>,
    to: Option<&Path>,
    format: ExportFormat,
) -> Result<(), Fault> {
    let mut lines = Lines::open(to)?;
    for table in tables {
        write(reader, table, since, format, &mut lines).await?;
    }
    Ok(lines.close()?)
}

/// A file for each table.
async fn each_in(reader: &Reader, tables: &[&Table], since: Option<Timestamp>, folder: &Path) -> Result<(), Fault> {
    std::fs::create_dir_all(folder).map_err(|why| OutputError::File { path: folder.to_owned(), why })?;
    for table in tables {
        let file = folder.join(format!("{}.csv", table.name));
        all_in(reader, &[table], since, Some(&file), ExportFormat::Csv).await?;
    }
    Ok(())
}

async fn write(
    reader: &Reader,
    table: &Table,
    since: Option<Timestamp>,
    format: ExportFormat,
    lines: &mut Lines,
) -> Result<(), Fault> {
    if format == ExportFormat::Csv {
        let names = table.columns.iter().map(|column| column.name().to_owned());
        lines.write(&record(names))?;
    }
    let mut after = Some(0);
    while let Some(place) = after {
        let page = reader.page(table, place, since).await?;
        after = page.next;
        lines.write(&match format {
            ExportFormat::Csv => csv(&page),
            ExportFormat::Jsonl => jsonl(table, page),
        })?;
    }
    Ok(())
}

fn csv(page: &Page) -> String {
    page.rows.iter().map(|row| record(row.iter().map(field))).collect()
}

/// One record, quoted where it must be. Writing to memory does not fail, nor does UTF-8 turn into
/// something else.
fn record(fields: impl Iterator<Item = String>) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let _ = writer.write_record(fields.map(String::into_bytes));
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Time(at) => at.to_string(),
        Cell::Text(text) => markup::cell(text).into_owned(),
        Cell::Json(value) => markup::cell(&value.to_string()).into_owned(),
    }
}

fn jsonl(table: &Table, page: Page) -> String {
    let mut text = String::new();
    for row in page.rows {
        let mut object = Map::new();
        object.insert("table".into(), table.name.into());
        for (column, cell) in table.columns.iter().zip(row) {
            let value = match cell {
                Cell::Null => Value::Null,
                Cell::Int(number) => number.into(),
                Cell::Real(number) => number.into(),
                Cell::Time(at) => at.to_string().into(),
                Cell::Text(text) => text.into(),
                Cell::Json(value) => value,
            };
            object.insert(column.name().into(), value);
        }
        // One object stays on one line and holds no raw control character.
        text.push_str(&markup::json(&Value::Object(object).to_string()));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_a_formula_or_another_cell() {
        let cells = [
            Cell::Int(-3),
            Cell::Text("=HYPERLINK(\"http://evil\")".into()),
            Cell::Text("a \"b\", c\nd".into()),
            Cell::Null,
            Cell::Time(Timestamp::UNIX_EPOCH),
        ];
        let line = record(cells.iter().map(field));
        assert_eq!(line, "-3,\"'=HYPERLINK(\"\"http://evil\"\")\",\"a \"\"b\"\", c\nd\",,1970-01-01T00:00:00Z\r\n");
    }
}
