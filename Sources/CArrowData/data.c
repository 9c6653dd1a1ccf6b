// A target needs a source file; the interface is its header alone.
#include "CArrowData.h"
