/// Fetches things by name into the user's cache: Maven artifacts and Python packages through the
/// machine's own `mvn` and `pip`, models and data sets of a hub over HTTPS, local files as they
/// are. A thing in the cache is whole and has its checksums beside it. Knows nothing of what the
/// things are for.
package herd.pull;
