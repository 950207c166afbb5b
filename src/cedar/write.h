/* Expressions as Cedar text, with no more parentheses than needed. */
#ifndef TIPSTAFF_CEDAR_WRITE_H
#define TIPSTAFF_CEDAR_WRITE_H

#include "base/buffer.h"
#include "cedar/node.h"

void node_write(struct buffer *out, const struct node *node);
void pattern_write(struct buffer *out, const struct pattern *pattern);
/* A record key or attribute: bare where it is an identifier, else in quotes. */
bool name_is_bare(slice name);

#endif
