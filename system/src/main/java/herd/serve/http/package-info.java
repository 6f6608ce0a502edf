/// HTTP on Netty, a virtual thread for each request: routes, keys and their limits,
/// sizes, CORS, TLS, event streams, draining. It knows nothing of models.
package herd.serve.http;
