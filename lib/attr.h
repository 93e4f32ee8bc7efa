/*
 * attr.h: the one place that names compiler extensions.
 */
#ifndef MCPBOX_ATTR_H
#define MCPBOX_ATTR_H

#define ATTR_NODISCARD __attribute__((warn_unused_result))
#define ATTR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_UNUSED __attribute__((unused))
#define ATTR_COLD __attribute__((cold))
#define ATTR_MALLOC __attribute__((malloc))
#define ATTR_RETURNS_NONNULL __attribute__((returns_nonnull))
#define ATTR_NONSTRING __attribute__((nonstring))
#define THREAD_LOCAL _Thread_local

/* Number of elements of a true array. */
#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#endif
