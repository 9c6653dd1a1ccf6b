/// A small component in the form of 2020 and later, with what the form allows: index, metadata with quotes, arrays,
/// every type, enumerations.
public enum DemoIDL {
    public static let privateFields = """
        	  long	salIndex;	//private // @Metadata=(Description="Instance of the component")
        	  string<8>	private_revCode; //private // @Metadata=(Units="unitless",Description="Revision of the topic")
        	  double	private_sndStamp;    //private // @Metadata=(Units="second",Description="TAI at the sender")
        	  double	private_rcvStamp;    //private // @Metadata=(Units="second",Description="TAI at the receiver")
        	  long	private_seqNum;    //private // @Metadata=(Units="unitless",Description="Sequence number")
        	  string<128>	private_identity;    //private // @Metadata=(Units="unitless",Description="Name of the sender")
        	  long	private_origin;    //private // @Metadata=(Units="unitless",Description="Process of the sender")

        """

    public static let text = """
        // SAL_VERSION=6.1.0 XML_VERSION=11.0.0
        module Demo {
        struct tankLevels_1a2b3c4d {  // @Metadata=(Description="Levels of the tanks, 50 Hz")
        \(privateFields)	  double	level[4]; // @Metadata=(Units="m",Description="Level of each tank")
        	  float	flow; // @Metadata=(Units="L/min",Description="Flow, "net" (signed)")
        	  unsigned short	valveBits; // @Metadata=(Units="unitless",Description="One bit a valve")
        	};
        #pragma keylist tankLevels_1a2b3c4d salIndex
        struct logevent_tankState_5e6f7a8b {  // @Metadata=(Description="State of a tank")
        \(privateFields)	  long	state; // @Metadata=(Units="unitless",Description="A TankState enum")
        	  boolean	alarm; // @Metadata=(Units="unitless",Description="Alarm raised?")
        	  string<64>	reason; // @Metadata=(Units="unitless",Description="Why")
        	};
        #pragma keylist logevent_tankState_5e6f7a8b salIndex
        	 const long tankState_TankState_Empty=1;
        	 const long tankState_TankState_Full=0x02;
        	 const long Demo_Side_Left=00;
        	 const long Demo_Side_Right=010;
        	 const long long indexEnumeration_Tank_North=1;
        	 const long long indexEnumeration_Tank_South=2;
        struct command_fill_00ff00ff {
        \(privateFields)	  long	side;
        	};
        #pragma keylist command_fill_00ff00ff salIndex
        struct every_0123abcd {
        \(privateFields)	  boolean	flag;
        	  octet	small;
        	  char	letter;
        	  short	int16;
        	  unsigned short	uint16;
        	  long	int32;
        	  unsigned long	uint32;
        	  long long	int64;
        	  unsigned long long	uint64;
        	  float	single;
        	  double	real;
        	  string	words;
        	  string<20>	word;
        	  boolean	flags[3];
        	  octet	smalls[3];
        	  char	letters[3];
        	  short	int16s[3];
        	  unsigned short	uint16s[3];
        	  long	int32s[3];
        	  unsigned long	uint32s[3];
        	  long long	int64s[3];
        	  unsigned long long	uint64s[3];
        	  float	singles[3];
        	  double	reals[3];
        	  string	texts[2];
        	  double	last;
        	};
        #pragma keylist every_0123abcd salIndex
        struct ackcmd_89abcdef {
        \(privateFields)	  long	ack;
        	  long	error;
        	  string<256>	result;
        	  string	identity;
        	  long	origin;
        	  long	cmdtype;
        	  double	timeout;
        	};
        #pragma keylist ackcmd_89abcdef salIndex
        };

        """

    /// The form of 2019: no versions, `<Component>ID`, templates without revision at the end.
    public static let text2019 = """
        module Old {
        struct logevent_door_0a0a0a0a {
        	  long	OldID;
        	  string<8>	private_revCode; //private
        	  double	private_sndStamp; //private
        	  double	private_rcvStamp; //private
        	  long		private_seqNum; //private
        	  long		private_origin; //private
        	  long		private_host; //private
        	  octet	door;
        	  long	priority;
        	};
        #pragma keylist logevent_door_0a0a0a0a OldID
        		const long Old_shared_Door_Open=1;
        		const long Old_shared_Door_Closed=2;
        	struct command
        	{
        	  double	private_sndStamp;
        	  long	OldID;
        	  string<32>	device;
        	};
        	#pragma keylist command OldID
        	struct ackcmd
        	{
        	  string<8>	private_revCode;
        	  double	private_sndStamp;
        	  double	private_rcvStamp;
        	  long		private_origin;
        	  long 		private_host;
        	  long		private_seqNum;
        	  long	OldID;
        	  long 		ack;
        	  long 		error;
        	  string<256>	result;
        	};
        	#pragma keylist ackcmd OldID
        	struct logevent
        	{
        	  double	private_sndStamp;
        	  long	OldID;
        	  string<128>	message;
        	};
        	#pragma keylist logevent OldID
        };

        """
}
