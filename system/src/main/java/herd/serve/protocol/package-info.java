/// OpenAI's protocol as records: requests read strictly from JSON, answers written as JSON, errors
/// as OpenAI words them, and tool calls found in what a model writes. It knows neither HTTP nor
/// models.
package herd.serve.protocol;
