package herd.data;

/// One step of curation (Llama 3 paper, section 3.1.1). A step knows nothing of files, threads or
/// counts: that is the pipeline's business.
public sealed interface Step permits DocumentStep, CorpusStep {}
