/* Maxima of the interface for enforcement points, with their reasons. */
#ifndef TIPSTAFF_API_LIMITS_H
#define TIPSTAFF_API_LIMITS_H

/* Results of one page, also where more are asked for: an answer stays below REPLY_BYTES_MAX with ids of 1 KB. */
#define SEARCH_RESULTS_MAX 1000u
/* Candidates decided for one page. What is left is for the next page; the loop serves others in between. */
#define SEARCH_DECISIONS_MAX 50000u
/* The same in time: a page is cut here, whatever its policies cost. */
#define SEARCH_TIME_MS_MAX 50
/* Candidates between two looks at the clock. */
#define SEARCH_DECISIONS_STEP 32u
/* What deciding about one candidate may take from the heap. */
#define SEARCH_ARENA_BYTES_MAX (64u * 1024u * 1024u)

/* The key of an enforcement point behind its `~`. Its hash is stored, and shorter ones could be guessed from it. */
#define PEP_SECRET_BYTES_MIN 32u

#endif
