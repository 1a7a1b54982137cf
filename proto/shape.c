#include "proto/shape.h"

#include <string.h>

#include "proto/shape-table.h"

const char *
shape_name (const Shape *shape)
{
  return shape->name;
}

ShapeKind
shape_kind (const Shape *shape)
{
  return shape->kind;
}

guint
shape_enum_from_name (const Shape *shape, const char *name)
{
  for (guint i = 0; name != NULL && i < shape->n_values; i++)
    if (name == shape->values[i].text || strcmp (name, shape->values[i].text) == 0)
      return i + 1;
  return 0;
}

const char *
shape_enum_name (const Shape *shape, guint value)
{
  return value > 0 && value <= shape->n_values ? shape->values[value - 1].text : NULL;
}
