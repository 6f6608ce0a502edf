/// The page that shows how a run went: one self-contained HTML file drawn from `result.json` and
/// the `stage.json` files alone. Knows nothing of the stages beyond what stands in these files;
/// what is missing there is left out here.
package herd.report;
