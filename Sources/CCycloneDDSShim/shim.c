#include "CCycloneDDSShim.h"
