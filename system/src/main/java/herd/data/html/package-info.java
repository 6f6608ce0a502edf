/// From the bytes of a web page to its plain text. Knows nothing of archives, documents or steps.
package herd.data.html;
