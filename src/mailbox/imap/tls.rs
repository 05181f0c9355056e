//! Which certificates are trusted: Mozilla's roots, or the ones in a file.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The CA file is missing, unreadable, or holds no usable certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the CA file cannot be read or holds no certificate")]
pub(in crate::mailbox) struct BadCaFile;

/// A client configuration that trusts the roots in `ca_file`, or Mozilla's
/// when there is none. Always ring, whatever else is installed.
pub(in crate::mailbox) fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, BadCaFile> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            for certificate in CertificateDer::pem_file_iter(path).map_err(|_| BadCaFile)? {
                roots.add(certificate.map_err(|_| BadCaFile)?).map_err(|_| BadCaFile)?;
            }
        }
    }
    if roots.is_empty() {
        return Err(BadCaFile);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| BadCaFile)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
