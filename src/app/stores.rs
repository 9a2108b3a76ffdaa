//! Trust stores: Mozilla's, the system's, those of flags.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cert::{self, Certificate};
use crate::judge::trust::{Store, Stores};

/// Why a bundle could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be read.
    #[error("{flag} {}: {why}", path.display())]
    File {
        /// Which flag named it.
        flag: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// The file holds no certificate that can be read.
    #[error("{flag} {}: {why}", path.display())]
    Pem {
        /// Which flag named it.
        flag: &'static str,
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// `--trust` without a name.
    #[error("--trust {0}: expected NAME=FILE")]
    Name(String),
    /// No store holds a single anchor.
    #[error("no trust anchors are left: --no-default-roots needs --ca-file or --trust")]
    Empty,
}

/// Loads the default stores (unless told not to) and those of `--ca-file` and `--trust`.
pub(super) fn load(trust: &crate::cli::Trust) -> Result<Stores, StoreError> {
    let mut stores = Vec::new();
    if !trust.no_default_roots {
        stores.push(mozilla());
        stores.extend(system());
    }
    for path in &trust.ca_file {
        stores.push(Store {
            id: "ca-file".into(),
            label: format!("--ca-file {}", path.display()),
            as_of: None,
            public: false,
            roots: bundle("--ca-file", path)?,
        });
    }
    for text in &trust.trust {
        let (name, path) = text
            .split_once('=')
            .filter(|(name, path)| !name.is_empty() && !path.is_empty())
            .ok_or_else(|| StoreError::Name(text.clone()))?;
        let roots = bundle("--trust", Path::new(path))?;
        stores.push(Store { id: name.into(), label: text.clone(), as_of: None, public: true, roots });
    }
    if stores.iter().all(|store| store.roots.is_empty()) {
        return Err(StoreError::Empty);
    }
    Ok(Stores::new(stores))
}

fn mozilla() -> Store {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| inspected(der)).collect();
    Store { id: "mozilla".into(), label: "Mozilla's root program".into(), as_of: None, public: true, roots }
}

/// The system's anchors count as private: a company's own root stands there beside the public
/// ones, and those are in Mozilla's store as well.
fn system() -> Option<Store> {
    let found = rustls_native_certs::load_native_certs();
    for fault in &found.errors {
        tracing::debug!(%fault, "the system's trust store");
    }
    let roots: Vec<_> = found.certs.iter().filter_map(|der| inspected(der)).collect();
    (!roots.is_empty()).then(|| Store {
        id: "system".into(),
        label: "this system's trust store".into(),
        as_of: None,
        public: false,
        roots,
    })
}

fn inspected(der: &[u8]) -> Option<Arc<Certificate>> {
    cert::inspect(der).ok().map(Arc::new)
}

fn bundle(flag: &'static str, path: &Path) -> Result<Vec<Arc<Certificate>>, StoreError> {
    let bytes = std::fs::read(path).map_err(|why| StoreError::File { flag, path: path.to_owned(), why })?;
    let fault = |why: String| StoreError::Pem { flag, path: path.to_owned(), why };
    let ders = cert::from_file(&bytes).map_err(|why| fault(why.to_string()))?;
    ders.iter().map(|der| cert::inspect(der).map(Arc::new).map_err(|why| fault(why.to_string()))).collect()
}
