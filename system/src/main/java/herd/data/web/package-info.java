/// What is known of an address: its host and domain, and whether lists of domains, addresses and
/// words name it. Knows nothing of documents.
package herd.data.web;
