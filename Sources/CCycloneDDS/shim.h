#pragma once

#include <dds/dds.h>
