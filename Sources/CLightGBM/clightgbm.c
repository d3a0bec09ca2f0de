#include "clightgbm.h"
