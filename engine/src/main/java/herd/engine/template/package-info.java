/// Chat templates: a small interpreter of the Jinja language as models use it, set up as the
/// `transformers` library sets Jinja up. Every character of a result knows whether the template
/// wrote it or whether it came in with the data. Steps, characters and depth are bounded, so a
/// hostile template ends with an error. Knows nothing of tokens or models.
package herd.engine.template;
