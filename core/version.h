#pragma once

/* The one place that knows the product's version string. Thread rule: constant, any thread. */
const char *version_string (void);
