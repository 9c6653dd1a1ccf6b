#include "CAvroShim.h"
