/* The Cedar policy language, version 4.5, behaving as the reference SDK 4.12.0: all public headers in one. */
#ifndef TIPSTAFF_CEDAR_CEDAR_H
#define TIPSTAFF_CEDAR_CEDAR_H

#include "cedar/authorize.h"
#include "cedar/confusable.h"
#include "cedar/conform.h"
#include "cedar/entities.h"
#include "cedar/format.h"
#include "cedar/json.h"
#include "cedar/limits.h"
#include "cedar/policyset.h"
#include "cedar/problem.h"
#include "cedar/remedy.h"
#include "cedar/residual.h"
#include "cedar/schema.h"
#include "cedar/search.h"
#include "cedar/validate.h"
#include "cedar/value.h"

#endif
