/* Every maximum of the analysis, with its reason. Beyond one, the answer is `unknown` and names it. */
#ifndef TIPSTAFF_ANALYSIS_LIMITS_H
#define TIPSTAFF_ANALYSIS_LIMITS_H

/* Different atoms in one question; a large policy written by hand has some dozens. Bounds the depth of the search. */
#define ANALYSIS_ATOMS_MAX 2000u
/* Different terms in one question. */
#define ANALYSIS_TERMS_MAX 4000u
/* Parts of the formulas of one question. */
#define ANALYSIS_FORMULAS_MAX 200000u
/* Decisions of one search; a satisfiable question needs about as many as it has atoms. */
#define ANALYSIS_STEPS_MAX 20000u
/* Looks at a part of a formula in one search: bounds its time to some tenths of a second. */
#define ANALYSIS_LOOKS_MAX (20ull * 1000u * 1000u)
/* Models of one search that turn out not to be what was asked for, because something lies outside the fragment. */
#define ANALYSIS_MODELS_MAX 24u
/* Choices of other numbers for a model with arithmetic that is not understood. */
#define ANALYSIS_VARIANTS_MAX 40u
/* Further policies that are drawn into one question because they match an example. */
#define ANALYSIS_BLOCKERS_MAX 256u
/* Looks of one whole analysis or comparison: some minutes. */
#define ANALYSIS_TOTAL_LOOKS_MAX (20ull * 1000u * 1000u * 1000u)
/* States of the search for a text that fits some patterns and not others, and bits of one state. */
#define ANALYSIS_TEXT_STATES_MAX 4096u
#define ANALYSIS_TEXT_BITS_MAX 512u
/* Memory of one question, and of the findings. */
#define ANALYSIS_QUESTION_BYTES_MAX (256ull * 1024u * 1024u)

#endif
