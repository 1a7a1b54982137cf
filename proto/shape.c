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

void
shape_visit_resources (const Shape *shape, gconstpointer value, ShapeVisitResource visit,
                       gpointer data)
{
  const ShapeList *list = value;
  const ShapeMap *map = value;
  if (value == NULL)
    return;
  switch (shape->kind) {
  case SHAPE_STRING:
    if (shape->resource_type != NULL)
      visit (shape->resource_type, value, data);
    return;
  case SHAPE_LIST:
    for (gsize i = 0; i < list->n; i++)
      shape_visit_resources (shape->item, list->items[i], visit, data);
    return;
  case SHAPE_MAP:
    for (gsize i = 0; i < map->n; i++)
      shape_visit_resources (shape->item, map->values[i], visit, data);
    return;
  case SHAPE_STRUCTURE:
    for (guint i = 0; i < shape->n_members; i++)
      shape_visit_resources (
          shape->members[i].shape,
          *(gconstpointer const *)((const guint8 *)value + shape->members[i].offset), visit, data);
    return;
  default:
    return;
  }
}
