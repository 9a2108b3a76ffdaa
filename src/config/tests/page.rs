//! docs/configuration.md follows from the registry.

use std::fmt::Write as _;

use crate::config::{Key, Shape, TABLES, TOP, Table, variable};

fn page() -> String {
    let mut page = String::from(
        "# podprobe.toml\n\n\
         `podprobe init` writes one with every key in it, `podprobe config check` reads it and names every mistake \
         with its line and column, `podprobe config schema` prints a JSON Schema with which editors complete and \
         check it.\n\n\
         - **Times** are written `\"90s\"`, `\"5m\"`, `\"1h 30m\"`, `\"7d\"`: numbers with one of w, d (24 h), h, m, s, ms.\n\
         - **Paths** start from the folder of the file.\n\
         - **Environment.** A key of one value can be set by a variable, which goes before the file: `episodes` by \
         `PODPROBE_EPISODES`, `url` of `[store]` by `PODPROBE_STORE_URL`. The tables name them. An empty variable says \
         nothing; one that begins with `PODPROBE_` and means nothing is a mistake. Paths in variables start from the \
         working directory.\n\
         - **Secrets** are never shown. `url` of `[store]` and `[heartbeat]`, and every option of a channel's kind, \
         may be kept elsewhere: `{ env = \"NAME\" }` takes it from a variable, `{ file = \"PATH\" }` from a file (a line's \
         end at its end is dropped). Such a file, and a podprobe.toml that holds secrets itself, should be readable by \
         nobody else (mode 600).\n",
    );
    section(&mut page, "The head of the file", &TOP);
    for table in TABLES {
        section(&mut page, &format!("`{}`", table.header()), table);
    }
    page
}

fn section(page: &mut String, title: &str, table: &Table) {
    write!(page, "\n## {title}\n\n{}\n\n", table.help).unwrap();
    page.push_str("| key | default | what it is |\n| --- | --- | --- |\n");
    let mut inner = Vec::new();
    for key in table.keys {
        row(page, table, key);
        if let Shape::Inline(table) | Shape::Short(table) = key.shape {
            inner.push((key.name, table));
        }
    }
    for (name, table) in inner {
        write!(page, "\n`{name}` is a table with\n\n| key | default | what it is |\n| --- | --- | --- |\n").unwrap();
        for key in table.keys {
            row(page, table, key);
        }
    }
}

fn row(page: &mut String, table: &Table, key: &Key) {
    let default = match (key.default, key.required) {
        (Some(default), _) => format!("`{default}`"),
        (None, true) => "must be given".into(),
        (None, false) => "none".into(),
    };
    let example = if key.default.is_none() { format!(" Such as `{}`.", key.example) } else { String::new() };
    let is_inner = TABLES.iter().chain([&TOP]).all(|known| known.name != table.name);
    let variable = variable(table, key).filter(|_| !is_inner).map(|name| format!(" `{name}`.")).unwrap_or_default();
    let shape = match key.shape {
        Shape::Inline(_) => "a table, see below".into(),
        Shape::Short(inner) => format!("{}, or a table, see below", inner.keys[0].shape.what()),
        shape => shape.what(),
    };
    writeln!(page, "| `{}` | {default} | {} It has to be {shape}.{example}{variable} |", key.name, key.help).unwrap();
}

#[test]
fn the_page_of_the_configuration_says_what_the_registry_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    if std::env::var_os("PODPROBE_WRITE_DOCS").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == page(), "docs/configuration.md is behind the registry: run this test with PODPROBE_WRITE_DOCS=1");
}
