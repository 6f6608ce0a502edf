/// Personal data in texts: where it stands, found by one scan with check digits. Knows nothing of
/// documents or of what is done with it.
package herd.data.pii;
